#include "files/module_tree.h"

#include <algorithm>
#include <unordered_map>

namespace tsrt {
namespace {

// More than any model has. A crafted pickle can hold one module in many places, or in itself.
constexpr size_t max_modules = 100'000;
constexpr size_t max_path = 2000;

class Walk {
 public:
  Walk(const Pickle& pickle, const Source& source) : pickle_(pickle), source_(source) {}

  // In the order that LibTorch gives them: members as they come, those of a submodule in its place.
  ModuleTree run() {
    tree_.type = class_of(pickle_, pickle_.root());
    std::vector<Place> rest;
    open(pickle_.root(), "", rest);
    while (!rest.empty() && tree_.submodules.size() < max_modules) {
      const Place place = std::move(rest.back());
      rest.pop_back();
      visit(place, rest);
    }
    find_setstates();
    return std::move(tree_);
  }

 private:
  struct Place {
    const SourceClass* owner;
    std::string path;  // with the member's name
    std::string name;
    NodeId value;
  };

  const SourceClass* source_of(const std::string& type) const {
    const auto found = source_.classes.find(type);
    return found == source_.classes.end() ? nullptr : &found->second;
  }

  // The members of an object, last first since the last in `rest` is the next.
  void open(const Node& object, const std::string& path, std::vector<Place>& rest) {
    const SourceClass* type = source_of(class_of(pickle_, object));
    if (!type) return;
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const auto& name : type->writes) tree_.state.insert(prefix + name);
    const Node& state = pickle_[object.items[2]];
    if (state.kind != NodeKind::dict) return;
    for (size_t i = state.items.size(); i >= 2; i -= 2) {
      const std::string name(pickle_[state.items[i - 2]].text);
      rest.push_back({type, prefix + name, name, state.items[i - 1]});
    }
  }

  void visit(const Place& place, std::vector<Place>& rest) {
    const auto is = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), place.name) != names.end();
    };
    if (const auto tensor = tensor_of(pickle_, place.value)) {
      if (is(place.owner->parameters)) tree_.parameters.push_back({place.path, *tensor});
      if (is(place.owner->buffers)) tree_.buffers.push_back({place.path, *tensor});
      return;
    }
    const Node& value = pickle_[place.value];
    const std::string type = class_of(pickle_, value);
    const SourceClass* source = source_of(type);
    if (!source || source->base != "Module" || place.path.size() > max_path) return;
    tree_.submodules.push_back({place.path, type});
    open(value, place.path, rest);
  }

  void find_setstates() {
    for (NodeId id = 0; id < pickle_.size(); ++id) {
      const std::string type = class_of(pickle_, pickle_[id]);
      const SourceClass* source = source_of(type);
      if (!source) continue;
      for (const auto& method : source->methods) {
        if (method.name == "__setstate__") tree_.setstates.insert(type);
      }
    }
  }

  const Pickle& pickle_;
  const Source& source_;
  ModuleTree tree_;
};

}  // namespace

ModuleTree module_tree(const Pickle& pickle, const Source& source) {
  return Walk(pickle, source).run();
}

}  // namespace tsrt
