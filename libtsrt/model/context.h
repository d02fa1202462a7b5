// What the handles of a model and the objects of TorchScript classes that it made have in common.
#pragma once

#include <map>
#include <mutex>

#include "fair_lock.h"
#include "model/method.h"
#include "process/fork.h"

namespace tsrt {

class Context {
 public:
  // Held shared by what only reads state, alone by what changes it. An object may refer to the
  // model's state and the model to the object, so they share the lock. Taken through watch.h.
  ForkSafe<FairLock> lock;

  // An object's method, prepared when it is first asked for.
  const Method& method(torch::jit::Function& function) {
    const std::lock_guard guard(cache_mutex_);
    auto found = cache_.find(&function);
    if (found == cache_.end())
      found = cache_.emplace(&function, finished(analyzed(function, {}))).first;
    return found->second;
  }

 private:
  ForkSafe<std::mutex> cache_mutex_;
  std::map<torch::jit::Function*, Method> cache_;
};

}  // namespace tsrt
