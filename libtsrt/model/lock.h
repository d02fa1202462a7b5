// A lock that many may share or one may hold alone, where whoever wants it alone is let in next.
#pragma once

#include <pthread.h>

#include <cerrno>
#include <chrono>
#include <ctime>

#include "guard.h"

namespace tsrt {

// std::shared_mutex lets new readers in before a waiting writer: a model under steady traffic could
// then never be moved or given other weights. For std::shared_lock and std::unique_lock.
class Lock {
 public:
  Lock() {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&lock_, &attributes);
    pthread_rwlockattr_destroy(&attributes);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { pthread_rwlock_destroy(&lock_); }

  void lock() { check(pthread_rwlock_wrlock(&lock_)); }
  bool try_lock() { return succeeded(pthread_rwlock_trywrlock(&lock_)); }
  bool try_lock_for(std::chrono::nanoseconds time) {
    const timespec end = after(time);
    return succeeded(pthread_rwlock_clockwrlock(&lock_, CLOCK_MONOTONIC, &end));
  }
  void unlock() { pthread_rwlock_unlock(&lock_); }

  void lock_shared() { check(pthread_rwlock_rdlock(&lock_)); }
  bool try_lock_shared() { return succeeded(pthread_rwlock_tryrdlock(&lock_)); }
  bool try_lock_shared_for(std::chrono::nanoseconds time) {
    const timespec end = after(time);
    return succeeded(pthread_rwlock_clockrdlock(&lock_, CLOCK_MONOTONIC, &end));
  }
  void unlock_shared() { pthread_rwlock_unlock(&lock_); }

 private:
  static void check(int error) {
    if (error) fail(TSRT_INTERNAL, "a model's lock cannot be taken: error ", error);
  }
  static bool succeeded(int error) {
    if (error != EBUSY && error != ETIMEDOUT) check(error);
    return error == 0;
  }
  static timespec after(std::chrono::nanoseconds time) {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t total = now.tv_nsec + time.count();
    return {now.tv_sec + static_cast<time_t>(total / 1'000'000'000),
            static_cast<long>(total % 1'000'000'000)};
  }

  pthread_rwlock_t lock_;
};

}  // namespace tsrt
