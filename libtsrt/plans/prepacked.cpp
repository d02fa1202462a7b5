// aten brings each weight into oneDNN's or MKL's layout again in every call. Here that is done once,
// for every shape of the input.
#include "plans/prepacked.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <optional>

#include "plans/channels_last.h"
#include "plans/followers.h"
#include "plans/prepacked_operators.h"

namespace tsrt {
namespace {

using at::Tensor;
using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace aten = c10::aten;
namespace prim = c10::prim;

// What oneDNN is told to expect. It only steers the choice of the layout.
constexpr int64_t expected_rows = 32;
constexpr int64_t expected_side = 56;

Tensor pack(const char* name, torch::jit::Stack arguments) {
  c10::Dispatcher::singleton().findSchemaOrThrow(name, "").callBoxed(arguments);
  return arguments.front().toTensor();
}

// A constant that is a matrix or a kernel oneDNN takes.
std::optional<Tensor> constant_weight(Value* value, int64_t dimensions) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isTensor()) return {};
  const Tensor& weight = constant->toTensor();
  const bool suits = weight.defined() && weight.is_cpu() && weight.layout() == at::kStrided &&
                     weight.dim() == dimensions && weight.numel() > 0 &&
                     (weight.scalar_type() == at::kFloat || weight.scalar_type() == at::kBFloat16);
  return suits ? std::optional(weight) : std::nullopt;
}

bool is_bias_of(Value* value, const Tensor& weight) {
  const auto constant = torch::jit::toIValue(value);
  if (!constant) return false;
  if (constant->isNone()) return true;
  const Tensor& bias = constant->toTensor();
  return bias.defined() && bias.scalar_type() == weight.scalar_type() && bias.is_cpu() &&
         bias.layout() == at::kStrided && bias.dim() == 1 && bias.size(0) == weight.size(0);
}

// Graphs refuse oneDNN's tensors as ordinary constants, but LibTorch has a node for them.
Value* insert_packed(Graph& graph, const Tensor& packed) {
  Node* node = graph.create(prim::ConstantMKLDNNTensor);
  node->t_(c10::attr::value, packed);
  return graph.insertNode(node)->output();
}

Value* insert_scalars(Graph& graph) {
  Node* list = graph.create(prim::ListConstruct);
  list->output()->setType(c10::ListType::create(c10::OptionalType::create(c10::NumberType::get())));
  return graph.insertNode(list)->output();
}

// The new node stands where `layer` or, with an addition, where that stood.
void replace(Node* layer, const Followers& followers, Node* replacement) {
  Node* place = followers.add ? followers.add : layer;
  replacement->insertBefore(place);
  replacement->setSourceRange(layer->sourceRange());
  replacement->output()->setType(c10::TensorType::get());
  Node* last = followers.last(layer);
  last->output()->replaceAllUsesWith(replacement->output());
  if (last == followers.activation) last->destroy();
  if (followers.add) followers.add->destroy();
  layer->destroy();
}

// Into (name, scalars, algorithm).
std::vector<Value*> activation_values(Graph& graph, const Followers& followers, bool none_is_name) {
  const c10::IValue none = none_is_name ? c10::IValue("none") : c10::IValue();
  return {graph.insertConstant(followers.activation ? c10::IValue(followers.name) : none),
          insert_scalars(graph), graph.insertConstant(followers.algorithm)};
}

bool replace_linear(Node* layer) {
  const auto weight = constant_weight(layer->input(1), 2);
  if (!weight || !is_bias_of(layer->input(2), *weight)) return false;
  Graph& graph = *layer->owningGraph();
  Followers followers = find_followers(layer);
  // oneDNN has no linear layer with both.
  if (followers.add) followers.activation = nullptr;
  torch::jit::WithInsertPoint here(followers.add ? followers.add : layer);
  Value* packed =
      insert_packed(graph, pack("mkldnn::_reorder_linear_weight", {*weight, expected_rows}));
  std::vector<Value*> inputs = {layer->input(0)};
  if (followers.add) inputs.push_back(followers.other);
  inputs.insert(inputs.end(), {packed, layer->input(2)});
  if (followers.add) {
    inputs.push_back(graph.insertConstant("add"));
  } else {
    for (Value* value : activation_values(graph, followers, true)) inputs.push_back(value);
  }
  replace(layer, followers,
          graph.create(followers.add ? packed_linear_add() : packed_linear(), inputs));
  return true;
}

// Where conv2d and _convolution have their stride, padding, dilation and groups.
std::optional<std::array<c10::IValue, 4>> geometry(Node* layer) {
  const bool general = layer->kind() == aten::_convolution;
  if (general) {
    const auto transposed = torch::jit::toIValue(layer->input(6));
    if (!transposed || transposed->toBool()) return {};
  }
  std::array<c10::IValue, 4> found;
  for (size_t i = 0; i < 4; ++i) {
    const auto constant = torch::jit::toIValue(layer->input(i < 3 ? 3 + i : general ? 8 : 6));
    if (!constant || (i < 3 && !(constant->isIntList() && constant->toIntVector().size() == 2)))
      return {};
    found[i] = *constant;
  }
  return found;
}

bool replace_convolution(Node* layer) {
  const auto weight = constant_weight(layer->input(1), 4);
  const auto options = geometry(layer);
  if (!weight || !options || !is_bias_of(layer->input(2), *weight)) return false;
  const auto& [stride, padding, dilation, groups] = *options;
  Graph& graph = *layer->owningGraph();
  const Followers followers = find_followers(layer);
  torch::jit::WithInsertPoint here(followers.add ? followers.add : layer);
  const std::vector<int64_t> expected = {1, weight->size(1) * groups.toInt(), expected_side,
                                         expected_side};
  Value* packed = insert_packed(graph, pack("mkldnn::_reorder_convolution_weight",
                                            {*weight, padding, stride, dilation, groups, expected}));
  std::vector<Value*> inputs = {layer->input(0)};
  if (followers.add) inputs.push_back(followers.other);
  inputs.insert(inputs.end(), {packed, layer->input(2)});
  for (const c10::IValue& option : {padding, stride, dilation, groups})
    inputs.push_back(graph.insertConstant(option));
  if (followers.add) {
    inputs.push_back(graph.insertConstant("add"));
    inputs.push_back(graph.insertConstant(at::Scalar(1.0)));
  }
  for (Value* value : activation_values(graph, followers, !followers.add)) inputs.push_back(value);
  replace(layer, followers,
          graph.create(followers.add ? packed_convolution_add() : packed_convolution(), inputs));
  return true;
}

// What follows a layer may be destroyed with it, so nodes are collected first by kind.
void collect(Block* block, std::vector<Node*>& layers) {
  for (Node* node : block->nodes()) {
    for (Block* inner : node->blocks()) collect(inner, layers);
    if (node->kind() == aten::linear || node->kind() == aten::conv2d ||
        node->kind() == aten::_convolution)
      layers.push_back(node);
  }
}

}  // namespace

size_t use_prepacked_operators(Frozen& frozen) {
  std::vector<Node*> layers;
  collect(frozen.graph->block(), layers);
  size_t replaced = 0;
  for (Node* layer : layers)
    replaced += layer->kind() == aten::linear ? replace_linear(layer) : replace_convolution(layer);
  if (replaced == 0) return 0;
  keep_layouts(frozen.graph->block());
  torch::jit::EliminateDeadCode(frozen.graph);
  return replaced;
}

}  // namespace tsrt
