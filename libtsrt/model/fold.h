// What no call changes becomes part of a method's graph.
#pragma once

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <set>
#include <string>
#include <utility>

namespace tsrt {

// The attributes that some code in an archive assigns, of any class.
class Assigned {
 public:
  explicit Assigned(const torch::jit::CompilationUnit& code);

  bool contains(const c10::ClassType& type, const std::string& name) const {
    return places_.count({&type, name}) > 0;
  }

 private:
  void add(const torch::jit::Block* block);

  std::set<std::pair<const c10::ClassType*, std::string>> places_;
};

// What may become a constant besides numbers and texts: whatever nobody writes to in place.
struct Foldable {
  bool tensors;
  bool lists;
};

// Puts constants in the place of attributes of `self` and its submodules that nothing assigns, and
// takes out the branches that cannot be reached then. Tensors and lists stay the model's own. The
// graph has to be inlined. Who sets such an attribute from outside has to prepare the graph again.
void fold(std::shared_ptr<torch::jit::Graph>& graph, const c10::IValue& self,
          const Assigned& assigned, Foldable foldable);

}  // namespace tsrt
