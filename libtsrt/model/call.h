// Everything that holds while a method runs: the lock, the limits, grad mode, the number of
// threads.
#pragma once

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

#include <optional>

#include "model/program.h"
#include "model/watch.h"
#include "process/thread_count.h"

namespace tsrt {

class Call {
 public:
  // `find(alone)` gives the target; `alone` says that nobody else looks at the model now. It is
  // asked under the lock, since what a method does changes with the model's mode.
  template <class Find>
  Call(const Session& session, Find&& find)
      : watch_(Limit(session)), reading_(watch_.read()), target_(find(false)) {
    if (!target_.method || target_.method->effects.writes_state) {
      reading_ = {};
      writing_ = watch_.write();
      target_ = find(true);
    }
    inference_.emplace(!target_.method->effects.differentiates);
    if (target_.method->effects.differentiates) gradients_.emplace(true);
    threads_.emplace(session.options.threads);
  }

  const Method& method() const { return *target_.method; }
  const ObjectPtr& self() const { return target_.self; }

 private:
  Watch watch_;
  Reading reading_;
  Writing writing_;
  Target target_;
  std::optional<c10::InferenceMode> inference_;
  std::optional<at::AutoGradMode> gradients_;
  std::optional<ThreadCount> threads_;
};

}  // namespace tsrt
