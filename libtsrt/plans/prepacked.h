// Linear layers and convolutions with weights in oneDNN's own layout.
#pragma once

#include "plans/freeze.h"

namespace tsrt {

// Also fuses the activation and the addition that follow. Returns how many layers were replaced.
size_t use_prepacked_operators(GraphPtr& graph);

}  // namespace tsrt
