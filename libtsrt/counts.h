// How many objects the caller holds, and the bytes of tensors among them: for tsrt_live_handles and
// tsrt_memory. Each thread counts for itself, since sums that all threads add to would cost a small
// call a tenth of its time, and much more when several threads call.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tsrt {

// The first ones are kinds of handles.
enum class Kind { model, tensor, value, error, string, tensor_bytes };
constexpr size_t n_handle_kinds = 5;
constexpr size_t n_kinds = 6;

using Counts = std::atomic<int64_t>[n_kinds];

// This thread's; null until it first counts. Others read it. What one thread made and another one
// freed is negative here, and right in the sum.
inline thread_local constinit Counts* own_counts = nullptr;

void count_first(Kind kind, int64_t change) noexcept;

inline void count(Kind kind, int64_t change) noexcept {
  if (!own_counts) [[unlikely]]
    return count_first(kind, change);
  auto& own = (*own_counts)[static_cast<size_t>(kind)];
  own.store(own.load(std::memory_order_relaxed) + change, std::memory_order_relaxed);
}

// Over all threads.
int64_t sum_of(Kind kind);
int64_t sum_of_handles();

// A base for handle structs that are made with `new`.
template <Kind kind>
struct Counted {
  Counted() { count(kind, 1); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { count(kind, -1); }
};

}  // namespace tsrt
