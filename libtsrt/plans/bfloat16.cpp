// LibTorch's own autocast pass keeps to lists made for training: layer after layer goes back to
// float32. Here each layer gets casts around it, and then a cast to float32 moves down past
// operators for which bfloat16 is good enough, until it meets the cast of the next layer and both
// disappear.
#include "plans/bfloat16.h"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <algorithm>
#include <set>

namespace tsrt {
namespace {

using at::Tensor;
using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace aten = c10::aten;

c10::Symbol reduce() {
  static const auto symbol = c10::Symbol::fromQualString("aten::_autocast_to_reduced_precision");
  return symbol;
}

bool is_layer(const Node* node) {
  return node->kind() == aten::linear || node->kind() == aten::conv1d ||
         node->kind() == aten::conv2d || node->kind() == aten::conv3d ||
         node->kind() == aten::_convolution;
}

// A new tensor from all of their tensors, each element from few others.
bool is_tolerant(const Node* node) {
  static const std::set<c10::Symbol> kinds = {
      aten::relu,       aten::relu_,      aten::add,        aten::add_,
      aten::gelu,       aten::silu,       aten::silu_,      aten::hardswish,
      aten::hardswish_, aten::hardtanh,   aten::hardtanh_,  aten::leaky_relu,
      aten::sigmoid,    aten::max_pool2d, aten::avg_pool2d, aten::adaptive_avg_pool2d,
      aten::leaky_relu_};
  return kinds.contains(node->kind());
}

bool writes(const Node* node) {
  const c10::FunctionSchema* schema = node->maybeSchema();
  return !schema || schema->is_mutable();
}

bool is_float_constant(Value* value) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isTensor() && constant->toTensor().defined() &&
         constant->toTensor().is_cpu() && constant->toTensor().layout() == at::kStrided &&
         constant->toTensor().scalar_type() == at::kFloat;
}

// Leaves other types than float32 as they are, so that these end in the usual error.
Value* insert_reduce(Graph& graph, Value* x) {
  Value* no = graph.insertConstant(false);
  Value* type = graph.insertConstant(static_cast<int64_t>(at::kBFloat16));
  return graph.insertNode(graph.create(reduce(), {x, no, graph.insertConstant(true), type, type}))
      ->output();
}

Value* insert_restore(Graph& graph, Value* x) {
  Value* no = graph.insertConstant(false);
  Value* type = graph.insertConstant(static_cast<int64_t>(at::kFloat));
  return graph
      .insertNode(graph.create(aten::to, {x, type, no, no, graph.insertConstant(c10::IValue())}))
      ->output();
}

// The output is bfloat16 from now on; users get it as float32.
Value* restore_after(Node* node) {
  const torch::jit::WithInsertPoint after(node->next());
  Value* output = node->output();
  output->setType(c10::TensorType::get());
  Value* restored = insert_restore(*node->owningGraph(), output);
  output->replaceAllUsesAfterNodeWith(restored->node(), restored);
  return restored;
}

bool reduce_layer(Node* layer, std::set<const Value*>& restored) {
  Value* bias = layer->input(2);
  const auto bias_value = torch::jit::toIValue(bias);
  if (!is_float_constant(layer->input(1)) || !bias_value) return false;
  if (!bias_value->isNone() && !is_float_constant(bias)) return false;
  const torch::jit::WithInsertPoint before(layer);
  Graph& graph = *layer->owningGraph();
  for (size_t i = 1; i < 3; ++i) {
    const c10::IValue value = *torch::jit::toIValue(layer->input(i));
    if (value.isTensor())
      layer->replaceInput(i, graph.insertConstant(value.toTensor().to(at::kBFloat16)));
  }
  Value* x = layer->input(0);
  const bool was_reduced = restored.contains(x);
  layer->replaceInput(0, was_reduced ? x->node()->input(0) : insert_reduce(graph, x));
  restored.insert(restore_after(layer));
  return true;
}

// Tensors in, all of them restored from bfloat16.
void lower(Node* node, std::set<const Value*>& restored) {
  std::vector<size_t> tensors;
  for (size_t i = 0; i < node->inputs().size(); ++i)
    if (node->input(i)->type()->isSubtypeOf(*c10::TensorType::get())) tensors.push_back(i);
  const bool in_place = writes(node);
  for (const size_t i : tensors) {
    Value* x = node->input(i);
    if (!restored.contains(x)) return;
    // What is written to must be nobody else's.
    if (in_place && i == 0 && (x->uses().size() != 1 || x->node()->input(0)->uses().size() != 1))
      return;
  }
  if (tensors.empty()) return;
  for (const size_t i : tensors) node->replaceInput(i, node->input(i)->node()->input(0));
  restored.insert(restore_after(node));
}

// Returns how many layers were changed.
size_t convert(Block* block, std::set<const Value*>& restored) {
  size_t layers = 0;
  // A copy: nodes are added on the way.
  const std::vector<Node*> nodes(block->nodes().begin(), block->nodes().end());
  for (Node* node : nodes) {
    for (Block* inner : node->blocks()) layers += convert(inner, restored);
    if (is_layer(node)) {
      layers += reduce_layer(node, restored);
    } else if (is_tolerant(node)) {
      lower(node, restored);
    }
  }
  return layers;
}

}  // namespace

bool to_bfloat16(GraphPtr& graph) {
  std::set<const Value*> restored;
  const bool changed = convert(graph->block(), restored) > 0;
  if (changed) torch::jit::EliminateDeadCode(graph);
  return changed;
}

}  // namespace tsrt
