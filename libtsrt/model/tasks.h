// What a method starts with torch.jit.fork: LibTorch's other pool of threads runs it, and the call
// ends when all of it has. A task that ran on would use the model's state beside later calls.
#pragma once

#include <ATen/Parallel.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

#include "model/lock.h"
#include "process/thread_count.h"

namespace tsrt {

class Tasks {
 public:
  Tasks() = default;
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;
  ~Tasks() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return running_ == 0; });
  }

  // For the interpreter, which uses it for tasks and for what comes after a torch.jit.wait.
  torch::jit::TaskLauncher launcher() {
    return [this](std::function<void()> task) { start(std::move(task)); };
  }

 private:
  void start(std::function<void()> task) {
    count(+1);
    try {
      at::launch([this, task = std::move(task)]() mutable {
        run(std::move(task));
        count(-1);
      });
    } catch (...) {
      count(-1);
      throw;
    }
  }

  // As on the caller's thread. The task is gone, with all that it refers to, when this returns.
  void run(std::function<void()> task) const {
    const ThreadCount threads(threads_);
    const HeldLocks own = std::exchange(held_locks, held_);
    task();  // which throws nothing: its errors are in its future
    held_locks = own;
  }

  // Under the lock to the end: when it says that nothing runs, this object may cease to be.
  void count(int change) {
    const std::lock_guard lock(mutex_);
    running_ += change;
    if (running_ == 0) idle_.notify_all();
  }

  const int threads_ = at::get_num_threads();
  const HeldLocks held_ = held_locks;
  std::mutex mutex_;
  std::condition_variable idle_;
  int running_ = 0;
};

}  // namespace tsrt
