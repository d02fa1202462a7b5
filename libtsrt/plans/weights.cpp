// With few rows, a linear layer is a race through its weight: from the last cache or from memory,
// in steps of a page. Panels are read fastest. Where they do not fit, aten reads a transposed
// weight faster than one that lies as the model has it.
#include "plans/weights.h"

#include <ATen/Functions.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include "kernels/panels.h"
#include "plans/huge_pages.h"
#include "plans/layer_rewrite.h"

namespace tsrt {
namespace {

using at::Tensor;
using torch::jit::Node;

constexpr size_t alignment = 64;

size_t padded(size_t size) {
  return (size + alignment - 1) / alignment * alignment;
}

// Undefined if it is no constant matrix of float32.
Tensor weight_of(const Node* layer) {
  const auto constant = torch::jit::toIValue(layer->input(1));
  if (!constant || !constant->isTensor()) return {};
  const Tensor& weight = constant->toTensor();
  const bool suits =
      is_plain(weight) && weight.dim() == 2 && weight.scalar_type() == at::kFloat && weight.numel();
  return suits ? weight : Tensor();
}

void use_panels(Node* layer, const Tensor& weight, const std::shared_ptr<char>& memory) {
  const auto bias = torch::jit::toIValue(layer->input(2))->toOptional<Tensor>();
  const Followers followers = find_followers(layer, true);
  const std::shared_ptr<float> panels(memory, reinterpret_cast<float*>(memory.get()));
  replace_layer(layer, followers, packed_linear(),
                pack_panels(weight, bias, followers.epilogue, panels));
}

// The weight's transpose lies in memory row by row.
void transpose(Node* layer, const Tensor& weight, const std::shared_ptr<char>& memory) {
  const Tensor stored = at::from_blob(
      memory.get(), {weight.size(1), weight.size(0)}, [memory](void*) {}, weight.options());
  stored.copy_(weight.t());
  const torch::jit::WithInsertPoint before(layer);
  layer->replaceInput(1, layer->owningGraph()->insertConstant(stored.t()));
}

}  // namespace

size_t arrange_weights(GraphPtr& graph) {
  std::vector<std::pair<Node*, Tensor>> layers;
  size_t bytes = 0;
  for (Node* layer : find_nodes(graph->block(), {c10::aten::linear})) {
    const Tensor weight = weight_of(layer);
    if (!weight.defined()) continue;
    layers.emplace_back(layer, weight);
    bytes += padded(weight.nbytes());
  }
  if (bytes == 0) return 0;
  const std::shared_ptr<char> memory = allocate_huge(bytes);
  size_t offset = 0;
  for (const auto& [layer, weight] : layers) {
    const std::shared_ptr<char> place(memory, memory.get() + offset);
    const bool panels =
        has_panels() && weight.size(0) % panel_width == 0 && is_bias_of(layer->input(2), weight);
    panels ? use_panels(layer, weight, place) : transpose(layer, weight, place);
    offset += padded(weight.nbytes());
  }
  torch::jit::EliminateDeadCode(graph);
  return layers.size();
}

}  // namespace tsrt
