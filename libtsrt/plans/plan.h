// Ways to run a method that are faster than its plain graph, and not always the same to the bit.
#pragma once

#include <ATen/core/function.h>
#include <ATen/core/stack.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plans/freeze.h"

namespace tsrt {

// A method ready to run in some way. Any number of threads at once.
class Plan {
 public:
  explicit Plan(std::string_view name) : name(name) {}
  virtual ~Plan() = default;

  // The stack holds self and the arguments, and afterwards the result alone.
  virtual void run(torch::jit::Stack& stack) const = 0;

  const std::string_view name;  // of a kind below
};

using PlanPtr = std::shared_ptr<const Plan>;

struct PlanKind {
  std::string_view name;
  std::string_view what;  // it does, for the report of tsrt_model_tune
  bool bfloat16;          // computes with fewer digits: only for who asks for it
  bool stateless;         // only for methods that write no state

  // From a graph that `freeze` has cleaned up, and that is the plan's to change. None when there is
  // nothing in it that the plan could do better. May throw.
  PlanPtr (*make)(const PlanKind& kind, GraphPtr graph);
};

// In the order in which they are tried.
const std::vector<PlanKind>& plan_kinds();
const PlanKind* find_plan_kind(std::string_view name);

// LibTorch's own graph executor, as torch.jit runs a method.
PlanPtr libtorch_plan(torch::jit::Function& function);

}  // namespace tsrt
