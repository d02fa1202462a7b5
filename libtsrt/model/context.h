// What a model and the objects of TorchScript classes that it made have in common.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "model/lock.h"
#include "model/method.h"

namespace tsrt {

class Context {
 public:
  explicit Context(std::optional<int> threads) : threads(threads) {}

  // Held shared by what only reads state, alone by what changes it. An object may refer to the
  // model's state and the model to the object, so they share the lock.
  ModelLock mutex;
  const std::optional<int> threads;

  // An object's method, prepared when it is first asked for.
  const Method& method(torch::jit::Function& function) {
    const std::lock_guard lock(cache_mutex_);
    auto found = cache_.find(&function);
    if (found == cache_.end()) found = cache_.emplace(&function, prepare(function, {})).first;
    return found->second;
  }

 private:
  std::mutex cache_mutex_;
  std::map<torch::jit::Function*, Method> cache_;
};

}  // namespace tsrt
