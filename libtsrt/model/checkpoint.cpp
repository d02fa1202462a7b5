// LibTorch's interpreter has no way to be stopped. But its graphs can hold operators of our own,
// and an operator may throw: so one that asks whether the call has to end stands in every loop and
// between the operators that compute. It costs about as much as an instruction that moves a value.
#include "model/checkpoint.h"

#include <string_view>

#include "model/own_operator.h"
#include "model/watch.h"

namespace tsrt {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Stack;
namespace prim = c10::prim;

// Operators between two checkpoints when each takes time that is in proportion to its data.
constexpr int light_operators = 4;

void check(Stack&) {
  if (Watch* watch = Watch::current()) watch->check();
}

c10::Symbol checkpoint() {
  static const c10::Symbol symbol =
      register_operator("checkpoint", "() -> ()", check, c10::AliasAnalysisKind::CONSERVATIVE);
  return symbol;
}

bool has_tensor(at::ArrayRef<const torch::jit::Value*> values) {
  return std::any_of(values.begin(), values.end(), [](const torch::jit::Value* value) {
    return value->type()->kind() == c10::TypeKind::TensorType;
  });
}

// Moves values around, or makes containers.
bool is_plain(const Node* node) {
  return node->kind().is_prim() && node->blocks().empty() && node->kind() != prim::CallMethod &&
         node->kind() != prim::CallFunction;
}

bool is_call(const Node* node) {
  return node->kind() == prim::CallMethod || node->kind() == prim::CallFunction;
}

// May take much longer than to look at its data once. So may what is not LibTorch's own.
bool is_heavy(const Node* node) {
  if (is_call(node) || !node->kind().is_aten()) return true;
  const std::string_view name = node->kind().toUnqualString();
  for (const std::string_view part : {"conv", "linear", "mm", "matmul", "lstm", "gru", "rnn",
                                      "attention", "einsum", "fft", "linalg", "sort", "topk"}) {
    if (name.find(part) != std::string_view::npos) return true;
  }
  return false;
}

bool computes(const Node* node) {
  return !is_plain(node) && node->blocks().empty() &&
         (is_call(node) || has_tensor(node->inputs()) || has_tensor(node->outputs()));
}

// A traceback that ends in it shows the code of `node`.
Node* create_for(Node* node) {
  Node* created = node->owningGraph()->create(checkpoint(), 0);
  created->setSourceRange(node->sourceRange());
  if (const auto callstack = node->callstack()) created->setCallStack(*callstack);
  return created;
}

// Before a node and what only fetches its inputs, so that the interpreter can still load those
// straight onto its stack.
void insert_before(Node* node) {
  Node* place = node;
  while (place->prev()->kind() != prim::Param && is_plain(place->prev())) place = place->prev();
  create_for(node)->insertBefore(place);
}

// `since` counts the operators that compute since the last checkpoint.
void add_to(Block* block, int& since) {
  for (Node* node : block->nodes()) {
    if (node->kind() == checkpoint()) since = 0;
    if (node->hasAttribute(c10::attr::Subgraph)) add_checkpoints(*node->g(c10::attr::Subgraph));
    for (Block* inner : node->blocks()) {
      if (node->kind() == prim::Loop && inner->nodes().front()->kind() != checkpoint())
        inner->prependNode(create_for(node));
      add_to(inner, since);
    }
    if (!computes(node)) continue;
    if (since >= (is_heavy(node) ? 1 : light_operators)) {
      insert_before(node);
      since = 0;
    }
    ++since;
  }
}

void remove_from(Block* block) {
  for (auto it = block->nodes().begin(); it != block->nodes().end();) {
    Node* node = *it++;
    for (Block* inner : node->blocks()) remove_from(inner);
    if (node->kind() == checkpoint()) node->destroy();
  }
}

}  // namespace

void remove_checkpoints(Graph& graph) {
  remove_from(graph.block());
}

void add_checkpoints(Graph& graph) {
  int since = 0;
  add_to(graph.block(), since);
}

}  // namespace tsrt
