#include "program.h"

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/passes/inliner.h>

#include "device.h"
#include "guard.h"

namespace tsrt {
namespace {

// LibTorch's graph executor would profile the first runs and then specialize the graph. Running the
// inlined graph itself gives the same operators in the same order, from the first call on.
Method prepare(const torch::jit::Method& method, const torch::jit::Module& module) {
  const auto graph = method.graph()->copy();
  torch::jit::Inline(*graph);
  const auto& schema = method.function().getSchema();
  bool tensors_only = true;
  for (size_t i = 1; i < schema.arguments().size(); ++i)
    tensors_only &= schema.arguments()[i].type()->kind() == c10::TypeKind::TensorType;
  return {&schema, torch::jit::Code(graph, method.name()), analyze(graph, module), tensors_only,
          outputs_of(schema.returns().at(0).type())};
}

// Work that a failed call has queued may still read the caller's memory.
void drain(c10::Device device) {
  try {
    synchronize(device);
  } catch (...) {
    // The device reports the failure that is being handled already.
  }
}

}  // namespace

// Tensors made in inference mode are cheaper to use: the dispatcher skips what autograd would need.
Program::Program(const std::function<Archive()>& read, c10::Device device) : device_(device) {
  const auto load = [&](bool inference) {
    const c10::InferenceMode mode(inference);
    Archive archive = read();
    module_ = std::move(archive.module);
    extra_files_ = std::move(archive.extra_files);
    methods_.clear();
    for (const auto& method : module_.get_methods()) methods_.push_back(prepare(method, module_));
  };
  load(true);
  for (size_t i = 0; i < methods_.size(); ++i) {
    differentiates_ |= methods_[i].effects.differentiates;
    if (methods_[i].schema->name() == "forward") forward_ = i;
  }
  if (differentiates_) load(false);
}

const Method& Program::method(std::string_view name) const {
  for (const auto& method : methods_) {
    if (method.schema->name() == name) return method;
  }
  std::string names;
  for (const auto& method : methods_) names += (names.empty() ? "" : ", ") + method.schema->name();
  fail(TSRT_NOT_FOUND, "the model has no method '", name, "'",
       names.empty() ? " and no other either" : ": it has " + names);
}

void Program::run(const Method& method, torch::jit::Stack& stack) const {
  try {
    torch::jit::InterpreterState(method.code).run(stack);
    synchronize(device_);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    Failure failure = current_failure(TSRT_MODEL_ERROR);
    drain(device_);
    failure.message = method.schema->name() + " failed in the model: " + failure.message;
    throw failure;
  }
}

Program Program::clone() const {
  bool writes_state = false;
  bool writes_parameters = false;
  for (const auto& method : methods_) {
    writes_state |= method.effects.writes_state;
    writes_parameters |= method.effects.writes_parameters;
  }
  Program copy = *this;
  if (!writes_state) return copy;
  c10::IValue::HashIdentityIValueMap shared;
  if (!writes_parameters) {
    for (const auto& parameter : module_.parameters()) shared.emplace(parameter, parameter);
  }
  const c10::InferenceMode mode(!differentiates_);
  const at::NoGradGuard no_grad;
  copy.module_ = torch::jit::Module(module_._ivalue()->deepcopy(shared));
  return copy;
}

void Program::to(c10::Device device) {
  if (device == device_) return;
  const c10::InferenceMode mode(!differentiates_);
  const at::NoGradGuard no_grad;
  try {
    module_ = module_.deepcopy(device);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    throw current_failure(TSRT_DEVICE);
  }
  device_ = device;
}

}  // namespace tsrt
