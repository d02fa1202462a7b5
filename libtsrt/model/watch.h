// A call that runs on this thread: what it holds, and whether it has to end.
#pragma once

#include <chrono>
#include <mutex>
#include <shared_mutex>

#include "model/context.h"
#include "model/session.h"

namespace tsrt {

using Reading = std::shared_lock<ForkSafe<FairLock>>;
using Writing = std::unique_lock<ForkSafe<FairLock>>;

// When a call has to end. A task that the call starts has the same limit.
struct Limit {
  explicit Limit(const Session& session);

  // Throws if the call was cancelled or its time is over.
  void check() const;

  const Session* session;
  uint64_t cancels;  // those that came before the call
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

class Watch {
 public:
  explicit Watch(const Limit& limit);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  // The innermost call on this thread; null when there is none.
  static Watch* current();

  const Limit& limit() const { return limit_; }

  // Throws when the call has to end: its limit, or the host's interrupt check, says so.
  void check() {
    limit_.check();
    if (interruptible_) check_interrupt();
  }

  // Wait for the model's lock, no longer than the call may take.
  Reading read();
  Writing write();

 private:
  friend Reading read(Context& context);
  friend Writing write(Context& context);
  static const Watch* outer(const Context& context, const Watch* from);
  void check_interrupt();

  const Limit limit_;
  Watch* const previous_;
  const bool interruptible_;
  bool alone_ = false;
  int64_t next_check_ = 0;
};

// For what is no call: wait as long as it takes. A host's callback that runs inside a call on the
// same model (a print handler, an interrupt check) may look at a model that is only being read, and
// otherwise gets an error, where it would wait for itself.
Reading read(Context& context);
Writing write(Context& context);

}  // namespace tsrt
