// Walks over modules and the objects in them: find by path, copy, set, detach.
#pragma once

#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tsrt {

using ObjectPtr = c10::intrusive_ptr<c10::ivalue::Object>;

// How the state's tensors are made: as when they were loaded.
struct StateMode {
  explicit StateMode(bool differentiates) : inference(!differentiates) {}
  const c10::InferenceMode inference;
  const at::NoGradGuard no_grad;
};

// An attribute that torch.nn.Module keeps for its own use.
bool is_internal(const std::string& name);

bool is_module(const c10::IValue& value);

// The submodule or object at a path such as "encoder.layers.0".
ObjectPtr object_at(ObjectPtr object, std::string_view path);

// An attribute's slot. When there is none the error lists those there are; so for a method.
size_t slot_of(const c10::ivalue::Object& object, std::string_view name);
torch::jit::Function& method_of(const c10::ivalue::Object& object, std::string_view name);

// New module objects around the same attribute values.
ObjectPtr copy_modules(const ObjectPtr& module);

// Visits the module and all its submodules, each once, with its path ("" for the first).
void for_each_module(const ObjectPtr& module,
                     const std::function<void(const std::string&, const ObjectPtr&)>& visit);

// A parameter or buffer, with its path.
struct StateTensor {
  std::string name;
  at::Tensor value;
};

// Those of the module and all its submodules, in LibTorch's order. Its own lists make a
// torch::jit::Module of each submodule, which ends the process when there is no memory for that.
std::vector<StateTensor> parameters_of(const ObjectPtr& module);
std::vector<StateTensor> buffers_of(const ObjectPtr& module);

// Sets `training` in the module and all its submodules; returns how many have it.
size_t set_training(const ObjectPtr& module, bool training);

// Cuts the attributes' tensors, also those in containers and objects, off autograd's history.
void detach(const ObjectPtr& module);

}  // namespace tsrt
