// Operators for the small work around layers: what LibTorch does in several passes, or with more
// preparation than arithmetic.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

namespace tsrt {

// Replaces sqrt(a ** 2 + b ** 2), the magnitude of a spectrum, and means over one dimension.
// Returns how many nodes that were.
size_t use_elementwise_operators(torch::jit::Graph& graph);

}  // namespace tsrt
