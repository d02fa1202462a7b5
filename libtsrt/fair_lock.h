// A lock for many readers or one writer, at which nobody waits for ever.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <shared_mutex>

namespace tsrt {

// std::shared_mutex lets readers in as long as others are reading, so that under a few busy threads
// a writer never gets its turn. Here readers stay behind a writer that waits; and as writers queue
// at the same gate, readers pass between two of them. A reader pays for it with one load.
//
// Limited waits are by the system's clock: ThreadSanitizer does not know the others. They are short
// and repeated, so that a clock that is set back makes one of them longer and no more.
class FairLock {
 public:
  void lock() {
    const Waiting waiting(writers_);
    const std::lock_guard turn(gate_);
    lock_.lock();
  }
  bool try_lock() { return lock_.try_lock(); }
  bool try_lock_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::system_clock::now() + time;
    const Waiting waiting(writers_);
    const std::unique_lock turn(gate_, end);
    return turn && lock_.try_lock_until(end);
  }
  void unlock() { lock_.unlock(); }

  void lock_shared() {
    if (writers_.load(std::memory_order_relaxed) > 0) {
      const std::lock_guard turn(gate_);
    }
    lock_.lock_shared();
  }
  bool try_lock_shared() {
    return writers_.load(std::memory_order_relaxed) == 0 && lock_.try_lock_shared();
  }
  bool try_lock_shared_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::system_clock::now() + time;
    if (writers_.load(std::memory_order_relaxed) > 0) {
      const std::unique_lock turn(gate_, end);
      if (!turn) return false;
    }
    return lock_.try_lock_shared_until(end);
  }
  void unlock_shared() { lock_.unlock_shared(); }

 private:
  struct Waiting {
    explicit Waiting(std::atomic<int>& count) : count(count) {
      count.fetch_add(1, std::memory_order_relaxed);
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() { count.fetch_sub(1, std::memory_order_relaxed); }

    std::atomic<int>& count;
  };

  std::shared_timed_mutex lock_;
  std::timed_mutex gate_;        // held by a writer until it has got the lock
  std::atomic<int> writers_{0};  // that wait
};

}  // namespace tsrt
