#include "plans/packed_constants.h"

#include <ATen/core/Tensor.h>

namespace tsrt {
namespace {

using at::Tensor;
using torch::jit::toIValue;
using torch::jit::Value;
namespace prim = c10::prim;

// A packed copy of more weights costs more memory than it is worth: to read them takes most of the
// time, in whichever order they are.
constexpr int64_t max_weights = int64_t{1} << 20;

// Contiguous, if the kernels can read it.
std::optional<Tensor> usable_weight(const c10::IValue& value, int64_t dim) {
  if (!value.isTensor()) return std::nullopt;
  const Tensor& weight = value.toTensor();
  if (!weight.defined() || !weight.is_cpu() || weight.layout() != at::kStrided ||
      weight.scalar_type() != at::kFloat || weight.dim() != dim || weight.numel() == 0 ||
      weight.numel() > max_weights)
    return std::nullopt;
  return weight.contiguous();
}

// A list of constants, or a constant list.
std::vector<c10::IValue> constant_elements(const Value* list) {
  if (const auto constant = toIValue(list)) return constant->toListRef().vec();
  if (list->node()->kind() != prim::ListConstruct || list->uses().size() != 1) return {};
  std::vector<c10::IValue> elements;
  for (const Value* element : list->node()->inputs()) {
    const auto constant = toIValue(element);
    if (!constant) return {};
    elements.push_back(*constant);
  }
  return elements;
}

}  // namespace

std::optional<Tensor> constant_weight(const Value* value, int64_t dim) {
  const auto constant = toIValue(value);
  return constant ? usable_weight(*constant, dim) : std::nullopt;
}

std::optional<Tensor> constant_bias(const Value* value, int64_t out) {
  const auto constant = toIValue(value);
  if (constant && constant->isNone()) return Tensor();
  const auto bias = constant_weight(value, 1);
  return bias && bias->size(0) == out ? bias : std::nullopt;
}

std::vector<Tensor> lstm_weights(const Value* list, bool has_biases) {
  std::vector<Tensor> weights;
  for (const c10::IValue& element : constant_elements(list)) {
    const bool is_bias = has_biases && weights.size() % 4 >= 2;
    const auto weight = usable_weight(element, is_bias ? 1 : 2);
    if (!weight) return {};
    weights.push_back(*weight);
  }
  return weights;
}

std::optional<int64_t> constant_size(const Value* value) {
  const auto constant = toIValue(value);
  if (!constant || !constant->isIntList() || constant->toIntList().size() != 1) return std::nullopt;
  return constant->toIntList().get(0);
}

}  // namespace tsrt
