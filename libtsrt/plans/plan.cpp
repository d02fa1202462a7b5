#include "plans/plan.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <algorithm>

#include "model/checkpoint.h"
#include "model/interpret.h"
#include "plans/bfloat16.h"
#include "plans/fused.h"
#include "plans/packed.h"
#include "plans/prepacked.h"
#include "plans/weights.h"

namespace tsrt {
namespace {

class LibTorchPlan : public Plan {
 public:
  explicit LibTorchPlan(torch::jit::GraphFunction& function)
      : Plan("libtorch"), function_(function) {}

  void run(torch::jit::Stack& stack) const override {
    interpret(function_.get_executor().getPlanFor(stack).code, stack);
  }

 private:
  torch::jit::GraphFunction& function_;
};

// A graph with other operators in it.
class GraphPlan : public Plan {
 public:
  GraphPlan(std::string_view name, const GraphPtr& graph) : Plan(name) {
    add_checkpoints(*graph);
    code_ = torch::jit::Code(graph, std::string(name));
  }

  void run(torch::jit::Stack& stack) const override { interpret(code_, stack); }

 private:
  torch::jit::Code code_;
};

PlanPtr make_folded(const PlanKind& kind, GraphPtr graph) {
  return std::make_shared<GraphPlan>(kind.name, graph);
}

template <size_t (*rewrite)(GraphPtr&)>
PlanPtr make_rewritten(const PlanKind& kind, GraphPtr graph) {
  return rewrite(graph) ? std::make_shared<GraphPlan>(kind.name, graph) : nullptr;
}

PlanPtr make_fused(const PlanKind& kind, GraphPtr graph) {
  return std::make_shared<FusedPlan>(kind.name, std::move(graph));
}

template <PlanPtr (*make)(const PlanKind&, GraphPtr)>
PlanPtr make_bfloat16(const PlanKind& kind, GraphPtr graph) {
  return to_bfloat16(graph) ? make(kind, std::move(graph)) : nullptr;
}

// Names are written into files (see choice.h): they stay.
const std::vector<PlanKind> kinds{
    {"folded", "batch norms folded into weights, constants computed once", false, false,
     make_folded},
    {"packed", "tsrt's own operators for small layers", false, false,
     make_rewritten<use_packed_operators>},
    {"panels", "weights of linear layers where few rows read them fastest", false, false,
     make_rewritten<arrange_weights>},
    {"prepacked", "oneDNN's layers with prepacked weights", false, false,
     make_rewritten<use_prepacked_operators>},
    {"fused", "oneDNN's fused operators, compiled for each shape", false, true, make_fused},
    {"prepacked-bfloat16", "oneDNN's prepacked layers in bfloat16", true, false,
     make_bfloat16<make_rewritten<use_prepacked_operators>>},
    {"fused-bfloat16", "oneDNN's fused operators in bfloat16", true, true,
     make_bfloat16<make_fused>},
};

}  // namespace

const std::vector<PlanKind>& plan_kinds() {
  return kinds;
}

const PlanKind* find_plan_kind(std::string_view name) {
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

PlanPtr libtorch_plan(torch::jit::Function& function) {
  auto* source = torch::jit::tryToGraphFunction(function);
  return source ? std::make_shared<LibTorchPlan>(*source) : nullptr;
}

}  // namespace tsrt
