// With few rows, a linear layer is a race through its weight: from the last cache or from memory, in
// steps of a page. aten's product reads a transposed weight faster, and pages of 2 MB spare it most
// misses of the address cache. The operators stay aten's. Measured on 36 layers of 384 and 1536, 32
// rows: 9.6 to 7.4 ms.
#include "plans/weights.h"

#include <ATen/Functions.h>
#include <sys/mman.h>
#include <torch/csrc/jit/ir/constants.h>

#include <map>

namespace tsrt {
namespace {

using at::Tensor;
using torch::jit::Block;
using torch::jit::Node;

constexpr size_t huge_page = size_t{2} << 20;
constexpr size_t alignment = 64;

size_t rounded_up(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

void collect(Block* block, std::vector<Node*>& layers) {
  for (Node* node : block->nodes()) {
    for (Block* inner : node->blocks()) collect(inner, layers);
    if (node->kind() != c10::aten::linear) continue;
    const auto weight = torch::jit::toIValue(node->input(1));
    if (weight && weight->isTensor() && weight->toTensor().defined() &&
        weight->toTensor().is_cpu() && weight->toTensor().scalar_type() == at::kFloat &&
        weight->toTensor().layout() == at::kStrided && weight->toTensor().dim() == 2)
      layers.push_back(node);
  }
}

// Memory of its own, which the system is asked to make of huge pages.
std::shared_ptr<char> allocate(size_t bytes) {
  const size_t length = rounded_up(bytes, huge_page) + huge_page;
  void* start = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  const std::shared_ptr<void> owner(start, [length](void* memory) { munmap(memory, length); });
  const auto address = reinterpret_cast<uintptr_t>(start);
  char* aligned = static_cast<char*>(start) + (rounded_up(address, huge_page) - address);
  madvise(aligned, rounded_up(bytes, huge_page), MADV_HUGEPAGE);  // without, it is only slower
  return {owner, aligned};
}

// The weight's transpose lies in memory row by row.
Tensor moved(const Tensor& weight, const std::shared_ptr<char>& memory, size_t offset) {
  Tensor stored = at::from_blob(memory.get() + offset, {weight.size(1), weight.size(0)},
                                [memory](void*) {}, weight.options());
  stored.copy_(weight.t());
  return stored.t();
}

}  // namespace

size_t arrange_weights(Frozen& frozen) {
  std::vector<Node*> layers;
  collect(frozen.graph->block(), layers);
  size_t bytes = 0;
  for (Node* layer : layers)
    bytes += rounded_up(torch::jit::toIValue(layer->input(1))->toTensor().nbytes(), alignment);
  if (bytes == 0) return 0;
  const std::shared_ptr<char> memory = allocate(bytes);
  size_t offset = 0;
  for (Node* layer : layers) {
    const Tensor weight = torch::jit::toIValue(layer->input(1))->toTensor();
    const torch::jit::WithInsertPoint before(layer);
    layer->replaceInput(
        1, layer->owningGraph()->insertConstant(moved(weight, memory, offset)));
    offset += rounded_up(weight.nbytes(), alignment);
  }
  return layers.size();
}

}  // namespace tsrt
