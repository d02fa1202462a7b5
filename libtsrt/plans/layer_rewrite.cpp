#include "plans/layer_rewrite.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

namespace tsrt {

using at::Tensor;
using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Value;

bool is_plain(const Tensor& tensor) {
  return tensor.defined() && tensor.is_cpu() && tensor.layout() == at::kStrided;
}

bool is_bias_of(Value* value, const Tensor& weight) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant) return false;
  if (constant->isNone()) return true;
  const Tensor& bias = constant->toTensor();
  return is_plain(bias) && bias.scalar_type() == weight.scalar_type() && bias.dim() == 1 &&
         bias.size(0) == weight.size(0);
}

// The new node stands where `layer` or, with an addition, where that stood.
void replace_layer(Node* layer, const Followers& followers, c10::Symbol kind,
                   c10::intrusive_ptr<PackedLayer> packed) {
  Node* place = followers.add ? followers.add : layer;
  std::vector<Value*> inputs = {layer->input(0)};
  if (followers.add) inputs.push_back(followers.other);
  Node* replacement = create_packed(kind, std::move(packed), inputs);
  replacement->insertBefore(place);
  replacement->setSourceRange(layer->sourceRange());
  followers.last(layer)->output()->replaceAllUsesWith(replacement->output());
  if (followers.activation) followers.activation->destroy();
  if (followers.add) followers.add->destroy();
  layer->destroy();
}

std::vector<Node*> find_nodes(Block* block, std::initializer_list<c10::Symbol> kinds) {
  std::vector<Node*> found;
  for (Node* node : block->nodes()) {
    for (Block* inner : node->blocks()) {
      const std::vector<Node*> nested = find_nodes(inner, kinds);
      found.insert(found.end(), nested.begin(), nested.end());
    }
    if (std::find(kinds.begin(), kinds.end(), node->kind()) != kinds.end()) found.push_back(node);
  }
  return found;
}

}  // namespace tsrt
