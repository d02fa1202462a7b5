// Where the weights of linear layers lie, and in which order.
#pragma once

#include "plans/freeze.h"

namespace tsrt {

// Stores them as a matrix product of few rows reads them, in huge pages. Returns how many were
// moved.
size_t arrange_weights(GraphPtr& graph);

}  // namespace tsrt
