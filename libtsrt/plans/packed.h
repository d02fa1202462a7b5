// The plan for small networks: operators over our own kernels.
#pragma once

#include "plans/freeze.h"

namespace tsrt {

// Replaces linear layers, chains of them, 1-d convolutions and LSTMs with constant weights, and the
// activations right behind them. Returns how many nodes that were.
size_t use_packed_operators(GraphPtr& graph);

}  // namespace tsrt
