// What a graph says for good about a node's inputs, where the kernels can use it.
#pragma once

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <optional>
#include <vector>

namespace tsrt {

// Contiguous floats of `dim` dimensions.
std::optional<at::Tensor> constant_weight(const torch::jit::Value* value, int64_t dim);

// One value for each of `out` outputs. An undefined tensor says that there is no bias.
std::optional<at::Tensor> constant_bias(const torch::jit::Value* value, int64_t out);

// The weights of all layers of an LSTM. None, if any of them is not as it should be.
std::vector<at::Tensor> lstm_weights(const torch::jit::Value* list, bool has_biases);

// The only element of a constant list of numbers, such as a stride.
std::optional<int64_t> constant_size(const torch::jit::Value* value);

template <class T>
bool is_constant(const torch::jit::Value* value, T wanted) {
  const auto constant = torch::jit::toIValue(value);
  return constant && *constant == c10::IValue(wanted);
}

}  // namespace tsrt
