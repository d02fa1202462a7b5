// Threads for operators that share their work out.
#pragma once

#include <optional>

namespace tsrt {

// For how many threads, itself among them, this thread is known to have what it takes.
inline thread_local constinit int workers_known = 0;

// The part of workers_can_start that takes a while.
bool find_out_about_workers(std::optional<int> n);

// Can this thread run operators on `n` threads, or as many as LibTorch likes? When OpenMP cannot
// start one it ends the process, so where threads or address space are limited their start is
// rehearsed, once on each thread that runs models: the C library keeps the stacks for the next
// ones.
inline bool workers_can_start(std::optional<int> n) {
  return n.value_or(1) <= workers_known || find_out_about_workers(n);
}

}  // namespace tsrt
