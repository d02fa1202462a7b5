#include "model/program.h"

#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>

#include "guard.h"
#include "model/checkpoint.h"
#include "model/copy.h"
#include "model/state.h"
#include "tensor/device.h"

namespace tsrt {
namespace {

bool any_function(const ObjectPtr& module,
                  bool (*matches)(const std::shared_ptr<torch::jit::Graph>&)) {
  const auto functions = module->compilation_unit()->get_functions();
  return std::any_of(functions.begin(), functions.end(), [&](torch::jit::Function* function) {
    const auto* source = torch::jit::tryToGraphFunction(*function);
    return source && matches(source->graph());
  });
}

Place place_in(const ObjectPtr& module, std::string_view path) {
  const size_t dot = path.rfind('.');
  const auto own = dot == std::string_view::npos;
  const ObjectPtr owner = own ? module : object_at(module, path.substr(0, dot));
  return {owner, slot_of(*owner, own ? path : path.substr(dot + 1))};
}

}  // namespace

// Tensors made in inference mode are cheaper to use: the dispatcher skips what autograd would need.
Program::Program(const std::function<Archive()>& read, c10::Device device, bool checked)
    : device_(device) {
  const auto load = [&](bool inference) {
    const c10::InferenceMode mode(inference);
    Archive archive = read();
    module_ = std::move(archive.module);
    extra_files_ = std::move(archive.extra_files);
  };
  load(true);
  differentiates_ = any_function(module_, tsrt::differentiates);
  resizes_ = any_function(module_, tsrt::resizes);
  if (differentiates_) load(false);
  for (const auto& [name, contents] : *extra_files_) {
    if (checked && name == signature_record) signature_ = parse_signature(contents);
  }
  add_checkpoints_to_functions();
  adopt(module_);
}

// What is called by an interface, or in a forked task, runs as it stands and not in a graph of ours
// with all calls in line.
void Program::add_checkpoints_to_functions() {
  for (torch::jit::Function* function : module_->compilation_unit()->get_functions()) {
    if (auto* source = torch::jit::tryToGraphFunction(*function)) add_checkpoints(*source->graph());
  }
}

void Program::adopt(ObjectPtr module) {
  std::vector<Method> methods;
  std::optional<size_t> forward;
  for (auto* function : module->type()->methods()) {
    if (function->name() == "forward") forward = methods.size();
    methods.push_back(prepare(*function, module));
    for (const auto& input : signature_) {
      if (input.method == function->name()) methods.back().inputs.push_back(input);
    }
  }
  cache_ = std::make_shared<Cache>();
  // From here on nothing can fail.
  module_ = std::move(module);
  methods_ = std::move(methods);
  forward_ = forward;
}

Target Program::find(std::string_view path) const {
  for (const auto& method : methods_) {
    if (method.schema->name() == path) return {&method, module_};
  }
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) method_of(*module_, path);  // which it has not
  const ObjectPtr self = object_at(module_, path.substr(0, dot));
  torch::jit::Function& function = method_of(*self, path.substr(dot + 1));
  const std::lock_guard lock(cache_->mutex);
  auto found = cache_->methods.find(path);
  if (found == cache_->methods.end())
    found = cache_->methods.emplace(path, prepare(function, self)).first;
  return {&found->second, self};
}

Target Program::target(std::string_view path, bool alone) {
  const Target found = find(path);
  if (!alone || !found.method->effects.writes_state) return found;
  own_state(found.method->effects.writes_parameters);
  return find(path);
}

Place Program::locate(std::string_view path) const {
  return place_in(module_, path);
}

ObjectPtr Program::copy_state(const ObjectPtr& module, bool parameters_too) const {
  const StateMode mode(differentiates_);
  StateCopier copier;
  if (!parameters_too) {
    for (const auto& parameter : parameters_of(module)) copier.share(parameter.value);
  }
  return copier.copy(module);
}

void Program::own_state(bool parameters_too) {
  const bool complete = initial_ && (owns_parameters_ || !parameters_too);
  if (complete) return;
  auto copy = copy_state(module_, parameters_too);
  if (!initial_) initial_ = std::move(module_);
  module_ = std::move(copy);
  owns_parameters_ = parameters_too;
}

Program Program::clone() const {
  Program copy = *this;
  copy.module_ = initial_ ? copy_state(module_, owns_parameters_) : copy_modules(module_);
  copy.cache_ = std::make_shared<Cache>();
  const auto writes_constants = [](const Method& each) { return each.effects.writes_constants; };
  if (std::any_of(methods_.begin(), methods_.end(), writes_constants)) copy.adopt(copy.module_);
  return copy;
}

void Program::to(c10::Device device) {
  if (device == device_) return;
  const StateMode mode(differentiates_);
  ObjectPtr module;
  ObjectPtr initial;
  try {
    StateCopier copier(device);  // what both of them hold stays one
    module = copier.copy(module_);
    if (initial_) initial = copier.copy(initial_);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    throw current_failure(TSRT_DEVICE);
  }
  module_ = std::move(module);
  initial_ = std::move(initial);
  device_ = device;
}

void Program::set(std::string_view path, const std::function<c10::IValue(const Place&)>& value) {
  const auto converted = value(locate(path));
  own_state(false);
  Place place = locate(path);
  const bool mode = place.name() == "training";
  const ObjectPtr module = mode ? copy_modules(module_) : module_;
  if (mode) place = place_in(module, path);
  place.owner->setSlot(place.slot, converted);
  if (mode) adopt(module);
}

void Program::train(bool training) {
  own_state(false);
  ObjectPtr module = copy_modules(module_);
  const size_t changed = set_training(module, training);
  if (changed == 0 && training)
    fail(TSRT_UNSUPPORTED,
         "the model has no training mode: it was frozen, or saved without it; save it again "
         "without torch.jit.freeze");
  adopt(std::move(module));
}

void Program::reset() {
  if (!initial_) return;
  adopt(copy_state(initial_, owns_parameters_));
}

}  // namespace tsrt
