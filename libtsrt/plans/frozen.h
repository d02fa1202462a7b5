// What plans rewrite.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <vector>

namespace tsrt {

// A method's graph in which everything that no call changes is a constant.
struct Frozen {
  std::shared_ptr<torch::jit::Graph> graph;  // inlined; input 0 is the module itself; weights are prim::Constant tensors
  std::vector<c10::IValue> extras;           // values for inputs appended to the graph after the method's own (oneDNN tensors cannot be constants)
};

}  // namespace tsrt
