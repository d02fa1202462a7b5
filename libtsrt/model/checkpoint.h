// Places in a graph where a running call can be stopped.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

namespace tsrt {

// Into every loop, and between operators; also in the graphs of forked tasks. Those that are there
// already stay.
void add_checkpoints(torch::jit::Graph& graph);

// Nothing can be moved across one, so they come last.
void remove_checkpoints(torch::jit::Graph& graph);

}  // namespace tsrt
