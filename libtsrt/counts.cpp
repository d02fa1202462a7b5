#include "counts.h"

#include <pthread.h>

#include <memory>
#include <mutex>
#include <new>
#include <optional>

#include "process/fork.h"

namespace tsrt {
namespace {

struct ThreadCounts {
  Counts counts{};
  ThreadCounts* previous = nullptr;
  ThreadCounts* next = nullptr;
};

struct All {
  ForkSafe<std::mutex> mutex;
  ThreadCounts* first = nullptr;
  Counts others{};  // of threads that have ended, and of those that have no counts of their own
};

All& all() {
  static auto& all = *new All;  // handles may outlive static objects
  return all;
}

// When the thread ends. What it frees even later is counted in counts that are made anew.
void retire(void* ended) {
  auto* counts = static_cast<ThreadCounts*>(ended);
  own_counts = nullptr;
  {
    const std::lock_guard lock(all().mutex);
    for (size_t i = 0; i < n_kinds; ++i)
      all().others[i].fetch_add(counts->counts[i], std::memory_order_relaxed);
    (counts->previous ? counts->previous->next : all().first) = counts->next;
    if (counts->next) counts->next->previous = counts->previous;
  }
  delete counts;
}

// Not a thread_local object: to register its destructor takes memory, and the C library ends the
// process when there is none.
ThreadCounts* enlist() noexcept {
  static const std::optional<pthread_key_t> key = [] {
    pthread_key_t made;
    return pthread_key_create(&made, retire) == 0 ? std::optional(made) : std::nullopt;
  }();
  auto made = std::unique_ptr<ThreadCounts>(new (std::nothrow) ThreadCounts);
  if (!key || !made || pthread_setspecific(*key, made.get()) != 0) return nullptr;
  const std::lock_guard lock(all().mutex);
  made->next = all().first;
  if (made->next) made->next->previous = made.get();
  all().first = made.get();
  return made.release();
}

}  // namespace

void count_first(Kind kind, int64_t change) noexcept {
  if (ThreadCounts* own = enlist()) {
    own_counts = &own->counts;
    count(kind, change);
  } else {
    all().others[static_cast<size_t>(kind)].fetch_add(change, std::memory_order_relaxed);
  }
}

int64_t sum_of(Kind kind) {
  const auto i = static_cast<size_t>(kind);
  const std::lock_guard lock(all().mutex);
  int64_t sum = all().others[i].load(std::memory_order_relaxed);
  for (const ThreadCounts* each = all().first; each; each = each->next)
    sum += each->counts[i].load(std::memory_order_relaxed);
  return sum;
}

int64_t sum_of_handles() {
  int64_t sum = 0;
  for (size_t i = 0; i < n_handle_kinds; ++i) sum += sum_of(static_cast<Kind>(i));
  return sum;
}

}  // namespace tsrt
