// What a method does besides computing: found once at load, from its graph.
#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <vector>

namespace tsrt {

struct Effects {
  std::vector<bool> copies_argument;  // for each argument after self: may it be written or kept?
  bool writes_state = false;          // attributes, or tensors and containers that they hold
  bool writes_parameters = false;     // in place, to a parameter's own memory
  bool differentiates = false;        // needs autograd to work while it runs
};

// The graph has to be inlined; it is not changed. When in doubt the answer is yes.
Effects analyze(const std::shared_ptr<torch::jit::Graph>& graph, const torch::jit::Module& module);

}  // namespace tsrt
