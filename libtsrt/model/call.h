// Everything that holds while a method runs: the lock, grad mode, the number of threads.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

#include <optional>
#include <shared_mutex>

#include "model/context.h"
#include "model/program.h"
#include "process/workers.h"

namespace tsrt {

// A model's number of threads, on the calling thread and for the call.
class ThreadCount {
 public:
  explicit ThreadCount(std::optional<int> wanted) {
    if (!workers_can_start(wanted)) wanted = 1;
    if (!wanted || *wanted == at::get_num_threads()) return;
    before_ = at::get_num_threads();
    at::set_num_threads(*wanted);
  }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;
  ~ThreadCount() {
    if (before_) at::set_num_threads(*before_);
  }

 private:
  std::optional<int> before_;
};

class Call {
 public:
  // `find(alone)` gives the target; `alone` says that nobody else looks at the model now. It is
  // asked under the lock, since what a method does changes with the model's mode.
  template <class Find>
  Call(Context& context, Find&& find)
      : reading_(context.mutex), writing_(context.mutex, std::defer_lock), target_(find(false)) {
    if (target_.method->effects.writes_state) {
      reading_.unlock();
      writing_.lock();
      target_ = find(true);
    }
    inference_.emplace(!target_.method->effects.differentiates);
    if (target_.method->effects.differentiates) gradients_.emplace(true);
    threads_.emplace(context.threads);
  }

  const Method& method() const { return *target_.method; }
  const ObjectPtr& self() const { return target_.self; }

 private:
  std::shared_lock<std::shared_mutex> reading_;
  std::unique_lock<std::shared_mutex> writing_;
  Target target_;
  std::optional<c10::InferenceMode> inference_;
  std::optional<at::AutoGradMode> gradients_;
  std::optional<ThreadCount> threads_;
};

}  // namespace tsrt
