// LibTorch operators over the kernels. Each gets its weights twice: packed, and as they were for
// those inputs that it leaves to LibTorch's own operator, with the same results and errors.
#pragma once

#include <ATen/core/stack.h>
#include <ATen/core/symbol.h>

#include "kernels/kernels.h"

namespace tsrt {

// What it does is what its schema says.
c10::Symbol add_operator(const char* name, const char* schema, torch::jit::Operation operation);

struct PackedOperators {
  // (Tensor x, Tensor packed, Tensor layers, Tensor[] weights) -> Tensor
  c10::Symbol mlp;
  // (Tensor x, Tensor packed, Tensor shape, Tensor weight, Tensor? bias) -> Tensor
  c10::Symbol conv1d;
  // (Tensor x, Tensor h, Tensor c, Tensor packed, Tensor w_ih, Tensor w_hh, Tensor? b_ih,
  //  Tensor? b_hh) -> (Tensor, Tensor)
  c10::Symbol lstm_cell;
  // (Tensor x, Tensor h, Tensor c, Tensor packed, Tensor[] weights, bool has_biases,
  //  bool batch_first) -> (Tensor, Tensor, Tensor)
  c10::Symbol lstm;
};

// Registered at the first call.
const PackedOperators& packed_operators();

// A row of `layers`. `packed` and `weights` have those of all layers one after the other.
struct MlpLayer {
  int64_t in, out;
  Activation activation;
  int64_t has_bias;
};

// What `shape` holds.
struct Conv1dShape {
  int64_t in, out, taps, stride, padding, dilation;
  Activation activation;
  int64_t takes_unbatched;  // conv1d does, _convolution does not

  Conv1d over(const float* packed) const {
    return {packed, in, out, taps, stride, padding, dilation, activation};
  }
};

// A layer between two others of an MLP may have this many outputs: a few rows of them are kept on
// the stack.
constexpr int64_t max_hidden = 1024;

}  // namespace tsrt
