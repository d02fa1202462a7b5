// A loaded TorchScript module with its methods ready to run, and its state.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "files/archive.h"
#include "model/choice.h"
#include "model/fold.h"
#include "model/method.h"
#include "model/state.h"
#include "options.h"
#include "process/fork.h"

namespace tsrt {

// A method and the module or object that it is run on. No method: ask again, alone.
struct Target {
  const Method* method = nullptr;
  ObjectPtr self;
};

// An attribute's place: a slot of a module or object.
struct Place {
  ObjectPtr owner;
  size_t slot;

  const c10::IValue& value() const { return owner->getSlot(slot); }
  std::string name() const { return owner->type()->getAttributeName(slot); }
  c10::TypePtr type() const { return owner->type()->getAttribute(slot); }
  bool is_parameter() const {
    return owner->type()->is_module() && owner->type()->is_parameter(slot);
  }
};

// How much of a model's state belongs to it alone; the rest it shares with clones, and with what
// `reset` goes back to.
enum class Owned { nothing, containers, tensors, parameters };

// What a method that has these effects must not share.
inline Owned written_by(const Effects& effects) {
  if (effects.writes_parameters) return Owned::parameters;
  if (effects.writes_tensors) return Owned::tensors;
  return effects.writes_state ? Owned::containers : Owned::nothing;
}

class Program {
 public:
  // `read` loads the module; it is called a second time for a model that needs autograd.
  Program(const std::function<Archive()>& read, c10::Device device, const Options& options);

  const ObjectPtr& module() const { return module_; }
  const ObjectPtr& initial() const { return initial_; }  // null as long as nothing was written
  c10::Device device() const { return device_; }
  bool differentiates() const { return differentiates_; }
  bool resizes() const { return resizes_; }
  const ExtraFiles& extra_files() const { return *extra_files_; }

  // The model's own methods; not to be asked for while it is stale: when it was changed from
  // outside, and its methods have to be prepared again.
  const std::vector<Method>& methods() const { return methods_; }
  bool stale() const { return prepared_ != changes_; }
  void refresh();

  // How many changes from outside there were.
  uint64_t changes() const { return changes_; }

  // A method of the model ("encode") or of a submodule or object in it ("encoder.forward"), to be
  // run; `alone` says that nobody else looks at the model now, so that the method may write to it.
  Target target(std::string_view path, bool alone);
  Target forward(bool alone) {
    if (!forward_ || stale()) return target("forward", alone);
    const Method& method = methods_[*forward_];
    if (alone && !(initial_ && owned_ >= written_by(method.effects)))
      return target("forward", alone);
    return {&method, module_};
  }

  // An attribute by its path, such as "layer.weight".
  Place locate(std::string_view path) const;

  // Replaces an attribute; `value` makes the new one for the place.
  void set(std::string_view path, const std::function<c10::IValue(const Place&)>& value);

  // The same program with state of its own; weights stay shared.
  Program clone() const;

  // All or nothing: everything is copied before anything is replaced.
  void to(c10::Device device);

  // Puts the module and all in it into training or evaluation mode.
  void train(bool training);

  // Back to the state that the archive held.
  void reset();

  // A plan for one of the model's own methods; none when there is nothing that it could do better.
  PlanPtr make_plan(const PlanKind& kind, const Method& method) const;

  // Runs a method by a plan from now on, none for its plain graph.
  void choose(std::string_view method, PlanPtr plan);
  const Choice& chosen() const { return chosen_; }

 private:
  void add_checkpoints_to_functions();
  Foldable foldable() const {
    const bool tensors = !writes_tensors_ && !differentiates_ && !resizes_;
    return {tensors, tensors && !writes_containers_};
  }
  Method prepare(Draft draft, const ObjectPtr& self) const;
  PlanPtr plan_for(const Method& method) const;
  Target find(std::string_view path) const;
  ObjectPtr copy_state(const ObjectPtr& module, Owned own) const;

  // Comes before anything that writes to the state. The first time, what the archive held is put
  // aside: for reset, and because clones share it until they write.
  void own_state(Owned wanted);

  ObjectPtr module_;
  ObjectPtr initial_;  // as loaded; null as long as nothing has been written
  Owned owned_ = Owned::nothing;
  c10::Device device_;
  std::shared_ptr<const ExtraFiles> extra_files_;
  std::vector<ExpectedInput> signature_;
  std::shared_ptr<const Assigned> assigned_;
  std::vector<Method> methods_;
  std::optional<size_t> forward_;  // its place in methods_
  Choice chosen_;
  bool differentiates_ = false;     // does any code in the archive?
  bool resizes_ = false;            // likewise
  bool writes_tensors_ = false;     // does any method that is known?
  bool writes_containers_ = false;  // likewise, or assigns attributes
  bool writes_constants_ = false;   // likewise
  bool libtorch_ = false;           // runs by LibTorch's own executor
  bool modified_ = false;           // from outside, since it was loaded or reset
  uint64_t changes_ = 1;
  uint64_t prepared_ = 0;  // the changes that methods_ know of

  // Methods of submodules, prepared when they are first asked for.
  struct Cache {
    ForkSafe<std::mutex> mutex;
    std::map<std::string, Method, std::less<>> methods;
  };
  std::shared_ptr<Cache> cache_ = std::make_shared<Cache>();
};

}  // namespace tsrt
