// A lock for many readers or one writer, at which nobody waits for ever.
#pragma once

#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace tsrt {

// std::shared_mutex lets readers in as long as others are reading, so that under a few busy threads
// a writer never gets its turn. Here readers stay behind a writer that waits; and as writers queue
// at the same gate, readers pass between two of them. A reader pays for it with one load.
class FairMutex {
 public:
  void lock() {
    writers_.fetch_add(1, std::memory_order_relaxed);
    {
      const std::lock_guard turn(gate_);
      mutex_.lock();
    }
    writers_.fetch_sub(1, std::memory_order_relaxed);
  }
  void unlock() { mutex_.unlock(); }

  void lock_shared() {
    if (writers_.load(std::memory_order_relaxed) > 0) {
      const std::lock_guard turn(gate_);
    }
    mutex_.lock_shared();
  }
  void unlock_shared() { mutex_.unlock_shared(); }

 private:
  std::shared_mutex mutex_;
  std::mutex gate_;              // held by a writer until it has got the lock
  std::atomic<int> writers_{0};  // that wait
};

}  // namespace tsrt
