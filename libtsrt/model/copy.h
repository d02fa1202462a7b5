// Deep copies of a model's state.
#pragma once

#include <ATen/core/ivalue.h>

#include <optional>
#include <unordered_map>
#include <vector>

#include "model/state.h"

namespace tsrt {

// Copies objects with all they hold; what is referred to twice stays one. LibTorch's own deepcopy
// recurses through objects, without an end where they refer to each other, and lets parameters
// forget that they ask for gradients.
class StateCopier {
 public:
  explicit StateCopier(std::optional<c10::Device> device = {}) : device_(device) {}

  // This value is not copied, the copies refer to it too.
  void share(const c10::IValue& value) { copies_.emplace(value, value); }

  // Nor are tensors, wherever they are.
  void share_tensors() { tensors_shared_ = true; }

  ObjectPtr copy(const ObjectPtr& object);

 private:
  c10::IValue copy_value(const c10::IValue& value);
  c10::IValue make_copy(const c10::IValue& value);
  c10::IValue copy_tensor(const at::Tensor& tensor) const;
  c10::IValue copy_object(const ObjectPtr& object);

  std::optional<c10::Device> device_;
  bool tensors_shared_ = false;
  c10::IValue::HashIdentityIValueMap copies_;
  std::vector<std::pair<ObjectPtr, ObjectPtr>> waiting_;  // from, to: shells yet to be filled
};

}  // namespace tsrt
