// What a method does besides computing: found once at load, from its graph.
#pragma once

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/ir/ir.h>

#include <vector>

namespace tsrt {

struct Effects {
  std::vector<bool> copies_argument;  // for each argument after self: may it be written or kept?
  bool writes_state = false;          // attributes, or tensors and containers that they hold
  bool writes_tensors = false;        // in place, to the memory of some tensor of the state
  bool writes_parameters = false;     // in place, to a parameter's own memory
  bool writes_constants = false;      // to a tensor that is written into the code
  bool differentiates = false;        // needs autograd to work while it runs

  // Of code that cannot be looked into.
  static Effects unknown(size_t n_arguments);
};

// The graph has to be inlined; it is not changed. When in doubt the answer is yes. `self` is the
// module that the method belongs to, or none when it may be any object of the class.
Effects analyze(const std::shared_ptr<torch::jit::Graph>& graph, const c10::IValue& self);

// Tracing leaves a tensor that it does not know as a constant in the graph, and lets the model
// write to it. That is state, which nobody else may have: the graph gets copies of such constants,
// and whoever copies the model has to prepare its methods again.
void own_constants(const std::shared_ptr<torch::jit::Graph>& graph);

// Does a graph, which need not be inlined, ask for gradients?
bool differentiates(const std::shared_ptr<torch::jit::Graph>& graph);

// Does it give tensors other memory, so that whoever looks at the old one would be left with it?
bool resizes(const std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace tsrt
