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
Program::Program(const std::function<Archive()>& read, c10::Device device, const Options& options)
    : device_(device), libtorch_(options.optimize == Optimize::none) {
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
  assigned_ = std::make_shared<const Assigned>(*module_->compilation_unit());
  for (const auto& [name, contents] : *extra_files_) {
    if (options.signature && name == signature_record) signature_ = parse_signature(contents);
  }
  if (options.optimize == Optimize::tuned)
    chosen_ = options.plans.empty() ? choice_in(*extra_files_) : read_choice(options.plans);
  add_checkpoints_to_functions();
  refresh();
}

// What is called by an interface, or in a forked task, runs as it stands and not in a graph of ours
// with all calls in line.
void Program::add_checkpoints_to_functions() {
  for (torch::jit::Function* function : module_->compilation_unit()->get_functions()) {
    if (auto* source = torch::jit::tryToGraphFunction(*function)) add_checkpoints(*source->graph());
  }
}

// All or nothing.
void Program::refresh() {
  std::vector<Draft> drafts;
  for (auto* function : module_->type()->methods()) drafts.push_back(analyzed(*function, module_));
  for (const Draft& each : drafts) {
    writes_tensors_ |= each.method.effects.writes_tensors;
    writes_containers_ |= each.method.effects.writes_state;
    writes_constants_ |= each.method.effects.writes_constants;
  }
  std::vector<Method> methods;
  std::optional<size_t> forward;
  for (Draft& draft : drafts) {
    if (draft.method.schema->name() == "forward") forward = methods.size();
    methods.push_back(prepare(std::move(draft), module_));
    for (const auto& input : signature_) {
      if (input.method == methods.back().schema->name()) methods.back().inputs.push_back(input);
    }
    methods.back().plan = plan_for(methods.back());
  }
  auto cache = std::make_shared<Cache>();
  // From here on nothing can fail.
  cache_ = std::move(cache);
  methods_ = std::move(methods);
  forward_ = forward;
  prepared_ = changes_;
}

Method Program::prepare(Draft draft, const ObjectPtr& self) const {
  if (draft.graph) fold(draft.graph, self, *assigned_, foldable());
  return finished(std::move(draft));
}

// A plan that cannot be made any more gives way to the plain graph.
PlanPtr Program::plan_for(const Method& method) const {
  if (libtorch_) return method.effects.writes_constants ? nullptr : libtorch_plan(*method.function);
  const auto chosen = chosen_.find(method.schema->name());
  if (chosen == chosen_.end()) return {};
  try {
    const PlanKind* kind = find_plan_kind(chosen->second);
    return kind ? make_plan(*kind, method) : nullptr;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    return {};
  }
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
    found = cache_->methods.emplace(path, prepare(analyzed(function, self), self)).first;
  return {&found->second, self};
}

Target Program::target(std::string_view path, bool alone) {
  if (stale() && !alone) return {};
  if (stale()) refresh();
  const Target found = find(path);
  const Effects effects = found.method->effects;
  if (!alone || !effects.writes_state) return found;
  const bool unforeseen = !writes_containers_ || (effects.writes_tensors && !writes_tensors_);
  if (unforeseen) {
    // A submodule's, of which nothing was known when the model's own were prepared.
    writes_containers_ = true;
    writes_tensors_ |= effects.writes_tensors;
    refresh();
  }
  own_state(written_by(effects));
  return find(path);
}

Place Program::locate(std::string_view path) const {
  return place_in(module_, path);
}

ObjectPtr Program::copy_state(const ObjectPtr& module, Owned own) const {
  const StateMode mode(differentiates_);
  StateCopier copier;
  if (own < Owned::tensors) copier.share_tensors();
  if (own < Owned::parameters) {
    for (const auto& parameter : parameters_of(module)) copier.share(parameter.value);
  }
  return copier.copy(module);
}

void Program::own_state(Owned wanted) {
  if (initial_ && owned_ >= wanted) return;
  auto copy = copy_state(module_, wanted);
  if (!initial_) initial_ = std::move(module_);
  module_ = std::move(copy);
  owned_ = wanted;
}

Program Program::clone() const {
  Program copy = *this;
  copy.module_ = initial_ ? copy_state(module_, owned_) : copy_modules(module_);
  copy.cache_ = std::make_shared<Cache>();
  copy.changes_ += writes_constants_;
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
  ++changes_;
}

void Program::set(std::string_view path, const std::function<c10::IValue(const Place&)>& value) {
  const auto converted = value(locate(path));
  own_state(Owned::containers);
  const Place place = locate(path);
  place.owner->setSlot(place.slot, converted);
  modified_ = true;
  changes_ += !assigned_->contains(*place.owner->type(), place.name());
}

void Program::train(bool training) {
  own_state(Owned::containers);
  ObjectPtr module = copy_modules(module_);
  const size_t changed = set_training(module, training);
  if (changed == 0 && training)
    fail(TSRT_UNSUPPORTED,
         "the model has no training mode: it was frozen, or saved without it; save it again "
         "without torch.jit.freeze");
  module_ = std::move(module);
  modified_ = true;
  changes_ += changed > 0;
}

void Program::reset() {
  if (!initial_) return;
  module_ = copy_state(initial_, owned_);
  changes_ += modified_ || writes_constants_;
  modified_ = false;
}

PlanPtr Program::make_plan(const PlanKind& kind, const Method& method) const {
  if (!device_.is_cpu()) fail(TSRT_UNSUPPORTED, "plans are for the CPU");
  if (!foldable().tensors)
    fail(TSRT_UNSUPPORTED, "the model writes to its tensors in place, so they are no constants");
  if (kind.stateless && method.effects.writes_state)
    fail(TSRT_UNSUPPORTED, "the method writes to the model's state");
  const c10::InferenceMode mode;
  auto graph = analyzed(*method.function, module_).graph;
  fold(graph, module_, *assigned_, foldable());
  remove_checkpoints(*graph);
  freeze(graph);
  return kind.make(kind, std::move(graph));
}

void Program::choose(std::string_view name, PlanPtr plan) {
  for (Method& method : methods_) {
    if (method.schema->name() != name) continue;
    Choice chosen = chosen_;
    chosen.erase(std::string(name));
    if (plan) chosen.emplace(name, plan->name);
    chosen_.swap(chosen);
    method.plan = std::move(plan);
  }
}

}  // namespace tsrt
