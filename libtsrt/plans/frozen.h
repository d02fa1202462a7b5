// What plans are made from.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <vector>

namespace tsrt {

// A method's graph in which everything that no call changes is a constant.
struct Frozen {
  std::shared_ptr<torch::jit::Graph> graph;  // inlined; input 0 is the module itself
  std::vector<c10::IValue> extras;           // for inputs that were appended to the method's own
};

// Cleans up a graph whose constants are in place.
Frozen freeze(std::shared_ptr<torch::jit::Graph> graph);

}  // namespace tsrt
