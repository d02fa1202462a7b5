// What the rewrites of layers share.
#pragma once

#include "plans/followers.h"

namespace tsrt {

// A dense tensor on the host.
bool is_plain(const at::Tensor& tensor);

// Whether the value is a constant that can be the bias of such a weight: none, or a vector.
bool is_bias_of(torch::jit::Value* value, const at::Tensor& weight);

// Puts the layer in the place of the node and of what it does in addition.
void replace_layer(torch::jit::Node* node, const Followers& followers, c10::Symbol kind,
                   c10::intrusive_ptr<PackedLayer> packed);

// Nodes of these kinds, in the order of the graph. For rewrites that remove further nodes.
std::vector<torch::jit::Node*> find_nodes(torch::jit::Block* block,
                                          std::initializer_list<c10::Symbol> kinds);

}  // namespace tsrt
