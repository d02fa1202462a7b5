// How many threads one operator may use.
#pragma once

#include <optional>

#include "process/fork.h"
#include "process/workers.h"

namespace tsrt {

// A number of threads for the calling thread, while this object lives.
class ThreadCount {
 public:
  explicit ThreadCount(std::optional<int> option) {
    auto wanted = threads_here(option);
    if (!workers_can_start(wanted)) wanted = 1;
    if (wanted) set(*wanted);
  }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;
  ~ThreadCount() {
    if (changed_) restore();
  }

 private:
  void set(int wanted);
  void restore() const;

  bool changed_ = false;
  int before_ = 0;
  int mkl_before_ = 0;  // 0: none of this thread's own
};

}  // namespace tsrt
