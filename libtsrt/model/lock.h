// The lock that a model and its objects share: many readers or one writer, and nobody waits for
// ever.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>

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

// std::shared_mutex lets readers in as long as others are reading, so that under a few busy threads
// a writer never gets its turn. Here readers stay behind a writer that waits; and as writers queue
// at the same gate, readers pass between two of them. A reader pays for it with one load.
//
// A thread that holds the lock and asks for it again would wait for itself. That is an error.
class ModelLock {
 public:
  ModelLock() = default;
  ModelLock(const ModelLock&) = delete;
  ModelLock& operator=(const ModelLock&) = delete;

  void lock() {
    enter();
    writers_.fetch_add(1, std::memory_order_relaxed);
    {
      const std::lock_guard turn(gate_);
      mutex_.lock();
    }
    writers_.fetch_sub(1, std::memory_order_relaxed);
  }
  void unlock() {
    mutex_.unlock();
    leave();
  }

  void lock_shared() {
    enter();
    if (writers_.load(std::memory_order_relaxed) > 0) {
      const std::lock_guard turn(gate_);
    }
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

  // Mostly the last one, but not always: std::unique_lock and std::shared_lock may be crossed.
  void leave() const {
    HeldLocks& held = held_locks;
    if (held.locks[--held.count] == this) return;
    *std::find(held.locks, held.locks + held.count, this) = held.locks[held.count];
  }

  void check_nested(const HeldLocks& held) const {
    const bool own =
        std::find(held.locks, held.locks + held.count, this) != held.locks + held.count;
    require(!own,
            "the model is in use by this thread, inside a call: a print handler must not use "
            "the model that prints, give it a clone");
    require(held.count < HeldLocks::most, "print handlers call models that print, ",
            HeldLocks::most, " deep");
  }

  std::shared_mutex mutex_;
  std::mutex gate_;              // held by a writer until it has got the lock
  std::atomic<int> writers_{0};  // that wait
};

}  // namespace tsrt
