// The lock that a model and its objects share.
#pragma once

#include <algorithm>

#include "fair_mutex.h"
#include "guard.h"

namespace tsrt {

class ModelLock;

// The locks that this thread holds, which is more than one when a print handler runs other models.
struct HeldLocks {
  static constexpr int most = 16;
  const ModelLock* locks[most];
  int count;
};
inline constinit thread_local HeldLocks held_locks{};

// A thread that holds the lock and asks for it again would wait for itself. That is an error.
class ModelLock {
 public:
  void lock() {
    enter();
    mutex_.lock();
  }
  void unlock() {
    mutex_.unlock();
    leave();
  }

  void lock_shared() {
    enter();
    mutex_.lock_shared();
  }
  void unlock_shared() {
    mutex_.unlock_shared();
    leave();
  }

 private:
  void enter() const {
    HeldLocks& held = held_locks;
    if (held.count > 0) check_nested(held);
    held.locks[held.count++] = this;
  }

  // They are left in the order opposite to that in which they were entered: each is held by a call.
  void leave() const { --held_locks.count; }

  void check_nested(const HeldLocks& held) const {
    const auto end = held.locks + held.count;
    require(std::find(held.locks, end, this) == end,
            "the model is in use by this thread, inside a call: a print handler must not use the "
            "model that prints, give it a clone");
    require(held.count < HeldLocks::most, "print handlers call models that print, ",
            HeldLocks::most, " deep");
  }

  FairMutex mutex_;
};

}  // namespace tsrt
