#include "plans/plan.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <algorithm>

#include "model/interpret.h"

namespace tsrt {
namespace {

class LibTorchPlan : public Plan {
 public:
  explicit LibTorchPlan(torch::jit::GraphFunction& function)
      : Plan("libtorch"), function_(function) {}

  void run(torch::jit::Stack& stack) const override {
    auto& executor = function_.get_executor();
    interpret(executor.getPlanFor(stack).code, stack);
  }

 private:
  torch::jit::GraphFunction& function_;
};

}  // namespace

const std::vector<PlanKind>& plan_kinds() {
  static const std::vector<PlanKind> kinds;
  return kinds;
}

const PlanKind* find_plan_kind(std::string_view name) {
  const auto& kinds = plan_kinds();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

PlanPtr libtorch_plan(torch::jit::Function& function) {
  auto* source = torch::jit::tryToGraphFunction(function);
  return source ? std::make_shared<LibTorchPlan>(*source) : nullptr;
}

}  // namespace tsrt
