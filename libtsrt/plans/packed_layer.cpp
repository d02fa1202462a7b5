#include "plans/packed_layer.h"

#include "model/own_operator.h"

namespace tsrt {
namespace {

using torch::jit::Node;
using torch::jit::Stack;

c10::intrusive_ptr<PackedLayer> layer_of(const Node* node) {
  return c10::static_intrusive_pointer_cast<PackedLayer>(node->ival(c10::attr::value).toCapsule());
}

// The inputs are x and, in some nodes, what is to be added.
torch::jit::Operation create_operation(const Node* node) {
  return [layer = layer_of(node), inputs = node->inputs().size()](Stack& stack) {
    const auto first = stack.end() - static_cast<ptrdiff_t>(inputs);
    at::Tensor result = layer->run(first->toTensor(), inputs == 2 ? &first[1].toTensor() : nullptr);
    torch::jit::drop(stack, inputs);
    stack.emplace_back(std::move(result));
  };
}

// The interpreter makes one operation for all nodes of an operator, unless its schema is open; and
// each node has its weight.
c10::Symbol registered(const char* name) {
  return register_operator(name, "(...) -> Tensor", create_operation,
                           c10::AliasAnalysisKind::PURE_FUNCTION);
}

}  // namespace

c10::Symbol packed_linear() {
  static const c10::Symbol symbol = registered("packed_linear");
  return symbol;
}

c10::Symbol packed_convolution() {
  static const c10::Symbol symbol = registered("packed_convolution");
  return symbol;
}

Node* create_packed(c10::Symbol kind, c10::intrusive_ptr<PackedLayer> layer,
                    at::ArrayRef<torch::jit::Value*> inputs) {
  Node* node = inputs[0]->owningGraph()->create(kind, inputs);
  node->ival_(c10::attr::value, c10::IValue::make_capsule(std::move(layer)));
  node->output()->setType(c10::TensorType::get());
  return node;
}

}  // namespace tsrt
