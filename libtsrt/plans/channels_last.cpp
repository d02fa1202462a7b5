// A packed convolution answers with channels last, whatever its input's layout is, and that is also
// what the next one likes best. Most operators work on either layout, and pass it on. Others would
// show it (a view that cannot be made, an output with other strides): before these the usual layout
// is restored, and for all users of the value, since one may write to what others see.
#include "plans/channels_last.h"

#include <set>

#include "plans/packed_layer.h"

namespace tsrt {
namespace {

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Use;
using torch::jit::Value;
namespace aten = c10::aten;

// Elementwise or over images, and without views of their inputs.
const std::set<c10::Symbol>& indifferent_operators() {
  static const std::set<c10::Symbol> kinds = {packed_convolution(),
                                              aten::relu,
                                              aten::add,
                                              aten::sub,
                                              aten::mul,
                                              aten::div,
                                              aten::sigmoid,
                                              aten::tanh,
                                              aten::silu,
                                              aten::gelu,
                                              aten::hardswish,
                                              aten::hardsigmoid,
                                              aten::hardtanh,
                                              aten::relu6,
                                              aten::leaky_relu,
                                              aten::elu,
                                              aten::clamp,
                                              aten::max_pool2d,
                                              aten::avg_pool2d,
                                              aten::adaptive_avg_pool2d,
                                              aten::batch_norm,
                                              aten::mean,
                                              aten::cat,
                                              aten::upsample_nearest2d,
                                              aten::upsample_bilinear2d,
                                              aten::size,
                                              aten::dim};
  return kinds;
}

// They answer with their input, so nobody else may look at it.
const std::set<c10::Symbol>& indifferent_in_place() {
  static const std::set<c10::Symbol> kinds = {
      aten::relu_,     aten::add_,   aten::sigmoid_,    aten::silu_, aten::hardswish_,
      aten::hardtanh_, aten::relu6_, aten::leaky_relu_, aten::elu_,  aten::clamp_};
  return kinds;
}

bool is_indifferent(const Use& use) {
  const c10::Symbol kind = use.user->kind();
  if (indifferent_operators().contains(kind)) return true;
  if (kind == c10::prim::ListConstruct)
    return use.user->output()->uses().size() == 1 &&
           use.user->output()->uses()[0].user->kind() == aten::cat;
  return indifferent_in_place().contains(kind) && use.offset == 0 &&
         use.user->input(0)->uses().size() == 1;
}

bool passes_layout_on(const Node* node) {
  return indifferent_operators().contains(node->kind()) ||
         indifferent_in_place().contains(node->kind()) || node->kind() == c10::prim::ListConstruct;
}

void restore(Value* value) {
  torch::jit::Graph& graph = *value->owningGraph();
  torch::jit::WithInsertPoint after(value->node()->next());
  Value* format = graph.insertConstant(static_cast<int64_t>(at::MemoryFormat::Contiguous));
  Node* usual = graph.insertNode(graph.create(aten::contiguous, {value, format}));
  value->replaceAllUsesAfterNodeWith(usual, usual->output());
}

void keep_channels_last(Block* block, std::set<const Value*>& channels_last) {
  // A copy: nodes are added on the way.
  const std::vector<Node*> nodes(block->nodes().begin(), block->nodes().end());
  for (Node* node : nodes) {
    for (Block* inner : node->blocks()) keep_channels_last(inner, channels_last);
    const bool starts = node->kind() == packed_convolution();
    const bool continues =
        passes_layout_on(node) && std::any_of(node->inputs().begin(), node->inputs().end(),
                                              [&](Value* x) { return channels_last.contains(x); });
    if ((!starts && !continues) || node->outputs().size() != 1) continue;
    Value* output = node->output();
    if (std::all_of(output->uses().begin(), output->uses().end(), is_indifferent)) {
      channels_last.insert(output);
    } else if (output->type()->kind() == c10::TypeKind::TensorType) {
      restore(output);
    }
  }
}

}  // namespace

void keep_layouts(Block* block) {
  std::set<const Value*> channels_last;
  keep_channels_last(block, channels_last);
}

}  // namespace tsrt
