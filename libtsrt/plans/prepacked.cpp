// aten brings each weight into oneDNN's or MKL's layout again in every call. Here it stays in it.
#include "plans/prepacked.h"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include "plans/channels_last.h"
#include "plans/layer_rewrite.h"

namespace tsrt {
namespace {

using at::Tensor;
using torch::jit::Node;
using torch::jit::Value;
namespace aten = c10::aten;

// A constant that is a matrix or a kernel oneDNN takes.
std::optional<Tensor> constant_weight(Value* value, int64_t dimensions) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isTensor()) return {};
  const Tensor& weight = constant->toTensor();
  const bool suits = is_plain(weight) && weight.dim() == dimensions && weight.numel() > 0 &&
                     (weight.scalar_type() == at::kFloat || weight.scalar_type() == at::kBFloat16);
  return suits ? std::optional(weight) : std::nullopt;
}

bool replace_linear(Node* layer) {
  const auto weight = constant_weight(layer->input(1), 2);
  if (!weight || !is_bias_of(layer->input(2), *weight)) return false;
  const auto bias = torch::jit::toIValue(layer->input(2))->toOptional<Tensor>();
  const Followers followers = find_followers(layer, false);
  replace_layer(layer, followers, packed_linear(), pack_linear(*weight, bias, followers.epilogue));
  return true;
}

// That of conv2d or _convolution, if it is constant and in two dimensions.
std::optional<Geometry> geometry(Node* layer) {
  const bool general = layer->kind() == aten::_convolution;
  if (general) {
    const auto transposed = torch::jit::toIValue(layer->input(6));
    if (!transposed || transposed->toBool()) return {};
  }
  Geometry found;
  std::vector<int64_t>* const lists[] = {&found.stride, &found.padding, &found.dilation};
  for (size_t i = 0; i < 3; ++i) {
    const auto constant = torch::jit::toIValue(layer->input(3 + i));
    if (!constant || !constant->isIntList()) return {};
    *lists[i] = constant->toIntVector();
    if (lists[i]->size() != 2) return {};
  }
  const auto groups = torch::jit::toIValue(layer->input(general ? 8 : 6));
  if (!groups) return {};
  found.groups = groups->toInt();
  return found;
}

bool replace_convolution(Node* layer) {
  const auto weight = constant_weight(layer->input(1), 4);
  const auto found = geometry(layer);
  if (!weight || !found || !is_bias_of(layer->input(2), *weight)) return false;
  const auto bias = torch::jit::toIValue(layer->input(2))->toOptional<Tensor>();
  const Followers followers = find_followers(layer, true);
  replace_layer(layer, followers, packed_convolution(),
                pack_convolution(*weight, bias, *found, followers.epilogue));
  return true;
}

}  // namespace

size_t use_prepacked_operators(GraphPtr& graph) {
  size_t replaced = 0;
  for (Node* layer : find_nodes(graph->block(), {aten::linear, aten::conv2d, aten::_convolution}))
    replaced += layer->kind() == aten::linear ? replace_linear(layer) : replace_convolution(layer);
  if (replaced == 0) return 0;
  keep_layouts(graph->block());
  torch::jit::EliminateDeadCode(graph);
  return replaced;
}

}  // namespace tsrt
