// The question is "who may write where", and LibTorch's alias analysis has the answer, once it is
// asked the right way. It puts everything that comes from outside a graph (arguments, attributes,
// what containers hold) into one "wildcard" set a type, so a write to any of them looks like a
// write to all. On a copy of the graph we therefore give each argument an identity of its own, by
// cloning it at the entrance: then a write to the clone is a write to that argument, and a write
// to the wildcard is a write to the model's state. State is watched through probes: extra inputs
// that nobody uses and that are in the wildcard set of their type by being inputs. A clone that
// ends up in that set itself is one that a stateful method may keep.
#include "model/analysis.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/constant_propagation.h>

#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace tsrt {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace aten = c10::aten;
namespace prim = c10::prim;

void for_each_node(Block* block, const std::function<void(Node*)>& visit) {
  for (auto it = block->nodes().begin(); it != block->nodes().end();) {
    Node* node = *it++;  // the visitor may remove it, or insert behind it
    for (Block* inner : node->blocks()) for_each_node(inner, visit);
    visit(node);
  }
}

// The object that a chain of attribute reads from self leads to, if it is such a chain.
std::optional<c10::IValue> resolve(const Value* value, const Graph& graph,
                                   const c10::IValue& self) {
  if (value == graph.inputs().at(0)) return self;
  const Node* node = value->node();
  if (node->kind() != prim::GetAttr) return std::nullopt;
  const auto owner = resolve(node->input(), graph, self);
  if (!owner || !owner->isObject()) return std::nullopt;
  return owner->toObjectRef().getAttr(node->s(c10::attr::name));
}

// Batch norm and dropout ask for `training`; with its value in place the analysis sees what really
// runs. No method can change it: only the host can, and then the model is analyzed again.
void fold_training(std::shared_ptr<Graph>& graph, const c10::IValue& self) {
  for_each_node(graph->block(), [&](Node* node) {
    if (node->kind() != prim::GetAttr || node->s(c10::attr::name) != "training") return;
    const auto value = resolve(node->output(), *graph, self);
    if (!value || !value->isBool()) return;
    const torch::jit::WithInsertPoint here(node);
    node->output()->replaceAllUsesWith(graph->insertConstant(*value));
    node->destroy();
  });
  torch::jit::ConstantPropagationImmutableTypes(graph);
}

bool holds_tensor(const c10::TypePtr& type) {
  if (type->kind() == c10::TypeKind::TensorType) return true;
  return type->kind() == c10::TypeKind::OptionalType && holds_tensor(type->containedType(0));
}

Value* clone_after(Value* value, Node* place) {
  const torch::jit::WithInsertPoint here(place->next());
  Value* clone = value->owningGraph()->insert(aten::clone, {value});
  value->replaceAllUsesAfterNodeWith(clone->node(), clone);
  return clone;
}

bool is_parameter(const Node* get, const Graph& graph, const c10::IValue& self) {
  const auto owner = resolve(get->input(), graph, self);
  if (!owner || !owner->isObject()) return false;
  const auto type = owner->toObjectRef().type();
  return type->is_module() && type->is_parameter(type->getAttributeSlot(get->s(c10::attr::name)));
}

std::vector<Value*> isolate_parameters(const std::shared_ptr<Graph>& graph,
                                       const c10::IValue& self) {
  std::vector<Node*> reads;
  for_each_node(graph->block(), [&](Node* node) {
    if (node->kind() == prim::GetAttr && holds_tensor(node->output()->type()) &&
        is_parameter(node, *graph, self))
      reads.push_back(node);
  });
  std::vector<Value*> clones;
  for (Node* read : reads) {
    // An optional is cloned by nobody, and a parameter that is there is a tensor.
    read->output()->setType(c10::TensorType::get());
    clones.push_back(clone_after(read->output(), read));
  }
  return clones;
}

void collect_types(const c10::TypePtr& type, std::unordered_map<std::string, c10::TypePtr>& types) {
  switch (type->kind()) {
    case c10::TypeKind::TensorType:
      types.emplace("Tensor", c10::TensorType::get());
      return;
    case c10::TypeKind::ListType:
    case c10::TypeKind::DictType:
    case c10::TypeKind::ClassType:
    case c10::TypeKind::InterfaceType:
    case c10::TypeKind::AnyType:
      if (!types.emplace(type->annotation_str(), type).second)
        return;  // a class may contain itself
      break;
    default:
      break;
  }
  for (const auto& inner : type->containedTypes()) collect_types(inner, types);
}

bool may_be_tensor(c10::TypeKind kind) {
  return kind == c10::TypeKind::TensorType || kind == c10::TypeKind::AnyType ||
         kind == c10::TypeKind::UnionType;
}

// One unused input for each type of which there can be state.
std::vector<Value*> add_probes(const std::shared_ptr<Graph>& graph) {
  std::unordered_map<std::string, c10::TypePtr> types{{"Tensor", c10::TensorType::get()}};
  for (Value* input : graph->inputs()) collect_types(input->type(), types);
  for_each_node(graph->block(), [&](Node* node) {
    for (Value* output : node->outputs()) collect_types(output->type(), types);
  });
  std::vector<Value*> probes;
  for (const auto& [name, type] : types) {
    probes.push_back(graph->addInput());
    probes.back()->setType(type);
  }
  return probes;
}

// The tensors that are written into the code, as nodes.
std::vector<Node*> tensor_constants(const std::shared_ptr<Graph>& graph) {
  std::vector<Node*> constants;
  for_each_node(graph->block(), [&](Node* node) {
    const bool tensor = node->kind() == prim::Constant && node->hasAttribute(c10::attr::value) &&
                        node->kindOf(c10::attr::value) == torch::jit::AttributeKind::t;
    if (tensor) constants.push_back(node);
  });
  return constants;
}

bool asks_for_gradients(const Node* node) {
  static const std::unordered_set<std::string_view> names{
      "aten::grad",           "aten::backward",    "aten::_backward",
      "aten::requires_grad_", "aten::retain_grad", "aten::_version"};
  return names.count(node->kind().toQualString()) > 0;
}

bool gives_other_memory(const Node* node) {
  static const std::unordered_set<std::string_view> names{"aten::resize_", "aten::resize_as_",
                                                          "aten::set_", "aten::set_data"};
  if (names.count(node->kind().toQualString()) > 0) return true;
  const auto* schema = node->maybeSchema();  // out= is given the result's shape
  return schema && schema->argumentIndexWithName("out") && schema->is_mutable();
}

bool any_node(const std::shared_ptr<Graph>& graph, bool (*matches)(const Node*)) {
  bool found = false;
  for_each_node(graph->block(), [&](Node* node) { found |= matches(node); });
  return found;
}

bool is_concurrent(const Node* node) {
  return node->kind() == prim::fork || node->kind() == prim::awaitable;
}

}  // namespace

Effects Effects::unknown(size_t n_arguments) {
  Effects effects;
  effects.copies_argument.assign(n_arguments, true);
  effects.writes_state = effects.writes_tensors = effects.writes_parameters = true;
  return effects;
}

void own_constants(const std::shared_ptr<Graph>& graph) {
  for (Node* node : tensor_constants(graph))
    node->t_(c10::attr::value, node->t(c10::attr::value).clone());
}

bool differentiates(const std::shared_ptr<Graph>& graph) {
  return any_node(graph, asks_for_gradients);
}

bool resizes(const std::shared_ptr<Graph>& graph) {
  return any_node(graph, gives_other_memory);
}

Effects analyze(const std::shared_ptr<Graph>& original, const c10::IValue& self) {
  const bool concurrent = any_node(original, is_concurrent);
  auto graph = original->copy();
  const std::vector<Value*> arguments(graph->inputs().begin() + 1, graph->inputs().end());
  fold_training(graph, self);

  std::vector<Value*> watched = arguments;
  for (Value*& argument : watched) {
    if (!holds_tensor(argument->type())) continue;
    argument->setType(c10::TensorType::get());
    argument = clone_after(argument, graph->param_node());
  }
  const auto parameters = isolate_parameters(graph, self);
  const auto probes = add_probes(graph);

  const torch::jit::AliasDb aliases(graph);
  const auto written = [&](const Value* value) { return aliases.hasWriters(value); };
  Effects effects;
  effects.differentiates = differentiates(original);
  effects.writes_parameters = std::any_of(parameters.begin(), parameters.end(), written);
  const auto constants = tensor_constants(graph);
  effects.writes_constants = std::any_of(constants.begin(), constants.end(),
                                         [&](const Node* node) { return written(node->output()); });
  effects.writes_tensors = effects.writes_parameters || effects.writes_constants || concurrent ||
                           std::any_of(probes.begin(), probes.end(), [&](const Value* probe) {
                             return may_be_tensor(probe->type()->kind()) && written(probe);
                           });
  effects.writes_state =
      effects.writes_tensors || std::any_of(probes.begin(), probes.end(), written);
  const auto kept = [&](Value* value) {
    return std::any_of(probes.begin(), probes.end(),
                       [&](Value* probe) { return aliases.mayContainAlias(value, probe); });
  };
  for (size_t i = 0; i < arguments.size(); ++i) {
    // What a container holds has no identity of its own. What a task does with its arguments is not
    // looked into.
    const bool own_identity = watched[i] != arguments[i];
    const bool copied = own_identity
                            ? written(watched[i]) || (effects.writes_state && kept(watched[i]))
                            : effects.writes_state;
    effects.copies_argument.push_back(concurrent || copied);
  }
  return effects;
}

}  // namespace tsrt
