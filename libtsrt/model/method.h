// A method of a module or of an object of a TorchScript class, ready to run.
#pragma once

#include <ATen/core/function.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <string>

#include "model/analysis.h"
#include "model/signature.h"
#include "plans/plan.h"
#include "values/arguments.h"

namespace tsrt {

struct Method {
  torch::jit::Function* function;  // lives as long as any module or object of its class
  const c10::FunctionSchema* schema;
  torch::jit::Code code;  // empty for methods of C++ classes
  Effects effects;
  bool tensors_only;  // every argument is a plain tensor
  Outputs outputs;
  PlanPtr plan;                       // runs in place of the code, if there is one
  std::vector<ExpectedInput> inputs;  // what the file's signature says; empty when it says nothing
};

// A method whose effects are known, and whose code is yet to be made from its graph.
struct Draft {
  Method method;
  std::shared_ptr<torch::jit::Graph> graph;  // inlined; none for methods of C++ classes
};

// `self` is the module that the method belongs to; none for an object, of which there may be many.
Draft analyzed(torch::jit::Function& function, const c10::IValue& self);

Method finished(Draft draft);

// Runs it. The stack holds self and the arguments, and afterwards the result alone.
void execute(const Method& method, c10::Device device, torch::jit::Stack& stack);

}  // namespace tsrt
