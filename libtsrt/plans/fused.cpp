// LibTorch has the fusion and calls it from its graph executor, which specialises for the first
// shape only. Here each set of shapes has code of its own, in a cache of limited size.
#include "plans/fused.h"

#include <torch/csrc/jit/codegen/onednn/interface.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/utils/subgraph_utils.h>
#include <torch/csrc/jit/runtime/profiling_record.h>

#include <algorithm>
#include <bit>

#include "model/checkpoint.h"
#include "model/interpret.h"
#include "model/watch.h"

namespace tsrt {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Stack;
using torch::jit::Value;
namespace aten = c10::aten;
namespace prim = c10::prim;

// Each holds its own copies of the weights.
constexpr size_t most_entries = 8;

// LibTorch's pass was not made for two threads at once.
ForkSafe<std::mutex> compiling;

std::shared_ptr<const torch::jit::Code> make_code(const GraphPtr& graph) {
  const GraphPtr copy = graph->copy();
  add_checkpoints(*copy);
  return std::make_shared<const torch::jit::Code>(copy, "plan");
}

void add_tensor(std::vector<int64_t>& key, const at::Tensor& tensor) {
  key.push_back(static_cast<int64_t>(tensor.scalar_type()));
  key.push_back(tensor.dim());
  key.insert(key.end(), tensor.sizes().begin(), tensor.sizes().end());
  key.insert(key.end(), tensor.strides().begin(), tensor.strides().end());
}

// Everything about the arguments that the compiled code may depend on; nothing if that cannot be
// told.
std::optional<std::vector<int64_t>> key_of(const Stack& stack) {
  std::vector<int64_t> key;
  for (size_t i = 1; i < stack.size(); ++i) {
    const c10::IValue& value = stack[i];
    if (value.isTensor()) {
      const at::Tensor& tensor = value.toTensor();
      if (!tensor.defined() || tensor.layout() != at::kStrided || !tensor.is_cpu()) return {};
      add_tensor(key, tensor);
    } else if (value.isInt()) {
      key.insert(key.end(), {-1, value.toInt()});
    } else if (value.isBool()) {
      key.insert(key.end(), {-2, value.toBool()});
    } else if (value.isDouble()) {
      key.insert(key.end(), {-3, std::bit_cast<int64_t>(value.toDouble())});
    } else if (value.isNone()) {
      key.push_back(-4);
    } else {
      return {};
    }
  }
  return key;
}

// How many stretches were fused. What runs when the shapes inside turn out to be others is a graph
// with an executor of its own, which would start to profile: it becomes plain code.
size_t settle(Block* block) {
  size_t groups = 0;
  for (auto node = block->nodes().begin(); node != block->nodes().end();) {
    Node* current = *node;
    ++node;
    if (current->kind() == prim::FallbackGraph) {
      torch::jit::SubgraphUtils::unmergeSubgraph(current);
      continue;
    }
    groups += current->kind() == prim::oneDNNFusionGuard;
    for (Block* inner : current->blocks()) groups += settle(inner);
  }
  return groups;
}

// A copy in which each tensor has the type and the shape that it had in a run.
GraphPtr profiled(const GraphPtr& graph, Stack stack) {
  const auto profile = torch::jit::ProfilingRecord::instrumentGraph(graph->copy());
  interpret(torch::jit::Code(profile->graph(), "profile"), stack);
  GraphPtr result = profile->graph()->copy();
  torch::jit::ProfilingRecord::removeProfileCounter(result->block());
  return result;
}

// What a profile node was made for.
Value* unprofiled(Value* value) {
  return value->node()->kind() == prim::profile ? value->node()->input() : value;
}

bool was_float(const Value* value) {
  const Node* node = value->node();
  if (node->kind() != prim::profile || !node->hasAttribute(c10::attr::profiled_type)) return false;
  const auto type = node->ty(c10::attr::profiled_type)->cast<c10::TensorType>();
  return type && type->scalarType() == at::kFloat;
}

// Tracing leaves numbers as tensors of type double. aten lets them follow the other operand's type,
// and oneDNN does not.
void settle_numbers(Block* block) {
  for (Node* node : block->nodes()) {
    for (Block* inner : node->blocks()) settle_numbers(inner);
    if (node->kind() != aten::add && node->kind() != aten::sub && node->kind() != aten::mul &&
        node->kind() != aten::div)
      continue;
    const auto number = torch::jit::toIValue(unprofiled(node->input(1)));
    if (!number || !number->isTensor() || !was_float(node->input(0))) continue;
    const at::Tensor& tensor = number->toTensor();
    if (!tensor.defined() || tensor.dim() != 0 || tensor.scalar_type() != at::kDouble) continue;
    const torch::jit::WithInsertPoint before(node);
    node->replaceInput(1, block->owningGraph()->insertConstant(tensor.to(at::kFloat)));
  }
}

// Null if nothing can be fused.
GraphPtr fuse(GraphPtr graph) {
  settle_numbers(graph->block());
  torch::jit::fuser::onednn::fuseGraph(graph);
  torch::jit::LowerSimpleTuples(graph);
  torch::jit::ProfilingRecord::removeProfilingNodes(graph->block());
  if (settle(graph->block()) == 0) return nullptr;
  torch::jit::EliminateDeadCode(graph);
  return graph;
}

}  // namespace

FusedPlan::FusedPlan(std::string_view name, GraphPtr graph)
    : Plan(name), graph_(std::move(graph)), plain_(make_code(graph_)) {}

void FusedPlan::run(Stack& stack) const {
  const auto key = hopeless_ ? std::nullopt : key_of(stack);
  bool has_to_compile = false;
  Code code = key ? find(*key, has_to_compile) : nullptr;
  if (has_to_compile) code = compile(*key, stack);
  interpret(code ? *code : *plain_, stack);
}

FusedPlan::Code FusedPlan::find(const Key& key, bool& has_to_compile) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  if (found == entries_.end()) {
    if (entries_.size() == most_entries) entries_.pop_back();
    entries_.push_front({key, false, nullptr});
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found);
  has_to_compile = !found->compiling;
  found->compiling = true;
  return found->code;
}

void FusedPlan::store(const Key& key, Code code) const {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_)
    if (entry.key == key) entry.code = std::move(code);
}

void FusedPlan::forget(const Key& key) const {
  const std::lock_guard lock(mutex_);
  entries_.remove_if([&](const Entry& entry) { return entry.key == key; });
}

// Null if that brings nothing. oneDNN compiles in the first run, and types that it takes for equal
// may turn out not to be: so that run comes before anybody relies on it.
FusedPlan::Code FusedPlan::compile(const Key& key, Stack stack) const {
  try {
    const std::lock_guard one_at_a_time(compiling);
    const GraphPtr graph = fuse(profiled(graph_, stack));
    if (!graph) return nullptr;
    const Code code = make_code(graph);
    interpret(*code, stack);
    store(key, code);
    return code;
  } catch (const std::bad_alloc&) {
    forget(key);
    throw;
  } catch (const std::exception&) {
    forget(key);
    if (Watch* watch = Watch::current()) watch->check();  // was it only stopped?
    hopeless_ = true;
    return nullptr;
  }
}

}  // namespace tsrt
