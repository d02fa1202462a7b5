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
#include "model/method.h"
#include "model/state.h"
#include "process/fork.h"

namespace tsrt {

// A method and the module or object that it is run on.
struct Target {
  const Method* method;
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

class Program {
 public:
  // `read` loads the module; it is called a second time for a model that needs autograd. `checked`
  // holds inputs to the signature in the file, if there is one.
  Program(const std::function<Archive()>& read, c10::Device device, bool checked);

  const std::vector<Method>& methods() const { return methods_; }
  const ObjectPtr& module() const { return module_; }
  const ObjectPtr& initial() const { return initial_; }  // null as long as nothing was written
  c10::Device device() const { return device_; }
  bool differentiates() const { return differentiates_; }
  bool resizes() const { return resizes_; }
  const ExtraFiles& extra_files() const { return *extra_files_; }

  // A method of the model ("encode") or of a submodule or object in it ("encoder.forward"), to be
  // run; `alone` says that nobody else looks at the model now, so that the method may write to it.
  Target target(std::string_view path, bool alone);
  Target forward(bool alone) {
    if (!forward_) return target("forward", alone);
    const Method& method = methods_[*forward_];
    if (alone && method.effects.writes_state) own_state(method.effects.writes_parameters);
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

 private:
  void add_checkpoints_to_functions();
  // Takes the module, and prepares its methods, which depend on its mode. All or nothing.
  void adopt(ObjectPtr module);
  Target find(std::string_view path) const;
  ObjectPtr copy_state(const ObjectPtr& module, bool parameters_too) const;

  // Comes before anything that writes to the state. The first time, what the archive held is put
  // aside: for reset, and because clones share it until they write.
  void own_state(bool parameters_too);

  ObjectPtr module_;
  ObjectPtr initial_;  // as loaded; null as long as nothing has been written
  bool owns_parameters_ = false;
  c10::Device device_;
  std::shared_ptr<const ExtraFiles> extra_files_;
  std::vector<ExpectedInput> signature_;
  std::vector<Method> methods_;
  std::optional<size_t> forward_;  // its place in methods_
  bool differentiates_ = false;    // does any code in the archive?
  bool resizes_ = false;           // likewise

  // Methods of submodules, prepared when they are first asked for.
  struct Cache {
    ForkSafe<std::mutex> mutex;
    std::map<std::string, Method, std::less<>> methods;
  };
  std::shared_ptr<Cache> cache_ = std::make_shared<Cache>();
};

}  // namespace tsrt
