// What every plan begins with.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace tsrt {

using GraphPtr = std::shared_ptr<torch::jit::Graph>;

// Cleans up an inlined graph in which everything that no call changes is a constant.
void freeze(GraphPtr& graph);

}  // namespace tsrt
