#include "model/fold.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/constant_propagation.h>

#include <unordered_map>

namespace tsrt {
namespace {

using c10::IValue;
using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = c10::prim;

// A constant asks for no gradients; the memory is the same.
IValue without_gradients(const IValue& value) {
  const auto plain = [](const at::Tensor& tensor) {
    return tensor.requires_grad() ? tensor.detach() : tensor;
  };
  if (value.isTensor()) return plain(value.toTensor());
  if (!value.isTensorList()) return value;
  c10::List<at::Tensor> tensors;
  for (const at::Tensor& tensor : value.toTensorVector()) tensors.push_back(plain(tensor));
  return tensors;
}

class Folder {
 public:
  Folder(Graph& graph, const IValue& self, const Assigned& assigned, Foldable foldable)
      : graph_(graph), assigned_(assigned), foldable_(foldable) {
    modules_.emplace(graph.inputs().at(0), self);
  }

  void visit(Block* block) {
    for (auto it = block->nodes().begin(); it != block->nodes().end();) {
      Node* node = *it++;  // it may be removed
      for (Block* inner : node->blocks()) visit(inner);
      if (node->kind() == prim::GetAttr) fold(node);
    }
  }

 private:
  // A read of a module that is known here; what is read may be another one.
  void fold(Node* node) {
    const auto owner = modules_.find(node->input());
    if (owner == modules_.end()) return;
    const std::string& name = node->s(c10::attr::name);
    const auto& object = owner->second.toObjectRef();
    if (assigned_.contains(*object.type(), name)) return;
    const IValue value = object.getAttr(name);
    if (value.isObject()) {
      if (value.toObjectRef().type()->is_module()) modules_.emplace(node->output(), value);
      return;
    }
    if (Value* constant = insert(value, node)) {
      node->output()->replaceAllUsesWith(constant);
      node->destroy();
    }
  }

  Value* insert(const IValue& value, Node* before) {
    const torch::jit::WithInsertPoint here(before);
    if (!is_foldable(value)) return nullptr;
    return torch::jit::tryInsertConstant(graph_, without_gradients(value)).value_or(nullptr);
  }

  bool is_foldable(const IValue& value) const {
    if (value.isTensor()) return foldable_.tensors && value.toTensor().defined();
    if (value.isTensorList()) return foldable_.tensors && foldable_.lists;
    if (value.isIntList() || value.isDoubleList()) return foldable_.lists;
    return value.isNone() || value.isBool() || value.isInt() || value.isDouble() ||
           value.isString() || value.isDevice();
  }

  Graph& graph_;
  const Assigned& assigned_;
  const Foldable foldable_;
  std::unordered_map<const Value*, IValue> modules_;
};

// Reads of submodules that nobody needs any more.
void remove_unused_reads(Block* block) {
  for (auto it = block->nodes().rbegin(); it != block->nodes().rend();) {
    Node* node = *it++;
    for (Block* inner : node->blocks()) remove_unused_reads(inner);
    if (node->kind() == prim::GetAttr && !node->hasUses()) node->destroy();
  }
}

}  // namespace

Assigned::Assigned(const torch::jit::CompilationUnit& code) {
  for (torch::jit::Function* function : code.get_functions()) {
    if (const auto* source = torch::jit::tryToGraphFunction(*function))
      add(source->graph()->block());
  }
}

void Assigned::add(const Block* block) {
  for (const Node* node : block->nodes()) {
    for (const Block* inner : node->blocks()) add(inner);
    if (node->hasAttribute(c10::attr::Subgraph)) add(node->g(c10::attr::Subgraph)->block());
    if (node->kind() != prim::SetAttr) continue;
    if (const auto type = node->inputs().at(0)->type()->cast<c10::ClassType>())
      places_.emplace(type.get(), node->s(c10::attr::name));
  }
}

void fold(std::shared_ptr<Graph>& graph, const IValue& self, const Assigned& assigned,
          Foldable foldable) {
  Folder(*graph, self, assigned, foldable).visit(graph->block());
  remove_unused_reads(graph->block());
  torch::jit::ConstantPropagationImmutableTypes(graph);
}

}  // namespace tsrt
