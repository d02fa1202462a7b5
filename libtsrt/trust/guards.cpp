#include "trust/guards.h"

#include <ATen/core/stack.h>
#include <c10/core/ScalarType.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <mutex>

namespace tsrt {
namespace {

using torch::jit::Node;
using torch::jit::Stack;
using torch::jit::Value;

// A dtype is a number in TorchScript, and LibTorch looks it up in tables. Only those of dense
// tensors: the others have no numbers without what a quantizer knows.
void check_dtype(int64_t number) {
  const bool known =
      (number >= 0 && number <= 11) || number == 15 || (number >= 23 && number <= 29);
  TORCH_CHECK(known, "there is no dtype with the number ", number);
}

void check_choice(int64_t number, int64_t last) {
  TORCH_CHECK(number >= 0 && number <= last, "there is no choice with the number ", number);
}

void check_divisor(const c10::IValue& divisor) {
  TORCH_CHECK(!divisor.isInt() || (divisor.toInt() != 0 && divisor.toInt() != -1),
              "a whole number is divided by ", divisor.isInt() ? divisor.toInt() : 0);
}

// Attention reads as many values as there are keys.
void check_attention(const at::Tensor& key, const at::Tensor& value) {
  const auto leading = [](const at::Tensor& x) { return x.sizes().slice(0, x.dim() - 1); };
  TORCH_CHECK(key.dim() >= 2 && key.dim() == value.dim() && leading(key) == leading(value),
              "attention with keys of shape ", key.sizes(), " and values of shape ", value.sizes());
}

// oneDNN reads as much of the weights as the sizes of the state say.
void check_lstm(const at::Tensor& input, const std::vector<at::Tensor>& state,
                const std::vector<at::Tensor>& weights, bool biases, int64_t layers,
                bool bidirectional) {
  const int64_t directions = bidirectional ? 2 : 1;
  TORCH_CHECK(state.size() == 2 && layers > 0 && layers < 10'000, "an LSTM without layers");
  const at::Tensor &h = state[0], &c = state[1];
  TORCH_CHECK(input.dim() >= 2 && h.dim() >= 2 && h.dim() == c.dim(), "an LSTM without states");
  const int64_t hidden = c.size(-1), out = h.size(-1);
  const size_t each = (biases ? 4 : 2) + (hidden != out ? 1 : 0);
  TORCH_CHECK(weights.size() == each * static_cast<size_t>(layers * directions), "an LSTM with ",
              weights.size(), " weights");
  for (size_t i = 0; i < weights.size(); ++i) {
    const size_t place = i % each;
    const bool first_layer = i < each * static_cast<size_t>(directions);
    const int64_t in = first_layer ? input.size(-1) : out * directions;
    std::vector<int64_t> shape{4 * hidden};
    if (place == 0) shape.push_back(in);
    if (place == 1) shape.push_back(out);
    if (place + 1 == each && hidden != out) shape = {out, hidden};
    TORCH_CHECK(weights[i].sizes() == at::IntArrayRef(shape), "an LSTM's weight ", i,
                " has the shape ", weights[i].sizes(), " and not ", at::IntArrayRef(shape));
  }
}

// Nobody checks the lengths in a packed sequence. Scripted layers have code for them, which mostly
// does not run.
void refuse_packed_sequence(Stack&) {
  TORCH_CHECK(false, "a packed sequence, which a restricted model may not use: pad it");
}

// The last argument is the one that is looked at and passed on, unless said otherwise.
template <class Check>
auto on_last(const Check& check) {
  return [check](Stack& stack) {
    if (!stack.back().isNone()) check(stack);
  };
}

void register_guards() {
  using torch::jit::Operator;
  const auto add = [](const char* schema, auto&& run) {
    torch::jit::registerOperator(Operator(schema, run, c10::AliasAnalysisKind::FROM_SCHEMA));
  };
  const auto dtype = on_last([](Stack& stack) { check_dtype(stack.back().toInt()); });
  const auto choice = [](int64_t last) {
    return on_last([last](Stack& stack) { check_choice(stack.back().toInt(), last); });
  };
  add("tsrt::dtype(int value) -> int", dtype);
  add("tsrt::dtype.optional(int? value) -> int?", dtype);
  add("tsrt::strided(int value) -> int", choice(0));
  add("tsrt::strided.optional(int? value) -> int?", choice(0));
  add("tsrt::memory_format(int value) -> int", choice(3));
  add("tsrt::memory_format.optional(int? value) -> int?", choice(3));
  add("tsrt::mode(int value) -> int", choice(2));
  const auto divisor = on_last([](Stack& stack) { check_divisor(stack.back()); });
  add("tsrt::divisor(int value) -> int", divisor);
  add("tsrt::divisor.scalar(Scalar value) -> Scalar", divisor);
  add("tsrt::packed(Tensor value) -> Tensor", refuse_packed_sequence);
  add("tsrt::attention(Tensor key, Tensor(a) value) -> Tensor(a)", [](Stack& stack) {
    at::Tensor value = stack.back().toTensor();
    check_attention(stack[stack.size() - 2].toTensor(), value);
    torch::jit::drop(stack, 2);
    stack.emplace_back(std::move(value));
  });
  add("tsrt::lstm(Tensor input, Tensor[] state, bool biases, int layers, bool bidirectional, "
      "t[](a) weights) -> t[](a)",
      [](Stack& stack) {
        const c10::IValue weights = stack.back();
        const auto argument = [&](size_t i) -> const c10::IValue& {
          return stack[stack.size() - 6 + i];
        };
        check_lstm(argument(0).toTensor(), argument(1).toTensorVector(), weights.toTensorVector(),
                   argument(2).toBool(), argument(3).toInt(), argument(4).toBool());
        torch::jit::drop(stack, 6);
        stack.push_back(weights);
      });
}

// The guard for numbers of one kind, if that argument takes such a number.
const char* guard_for(const c10::FunctionSchema& schema, size_t i) {
  const c10::Argument& argument = schema.arguments()[i];
  c10::TypePtr type = argument.real_type();
  if (const auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
  if (type->kind() == c10::TypeKind::ScalarTypeType || argument.name() == "dtype")
    return "tsrt::dtype";
  if (type->kind() == c10::TypeKind::LayoutType) return "tsrt::strided";
  if (type->kind() == c10::TypeKind::MemoryFormatType) return "tsrt::memory_format";
  const bool mode = argument.name() == "interpolation_mode" || argument.name() == "padding_mode";
  if (schema.name() == "aten::grid_sampler" && mode) return "tsrt::mode";
  return nullptr;
}

// Whether it divides whole numbers by what is not known yet.
bool divides(const Node& node) {
  const std::string name = node.kind().toQualString();
  if (name != "aten::remainder" && name != "aten::floordiv" &&
      name != "aten::__round_to_zero_floordiv")
    return false;
  const auto kind = node.inputs().at(1)->type()->kind();
  return kind == c10::TypeKind::IntType || kind == c10::TypeKind::NumberType;
}

bool takes_packed_sequence(const c10::FunctionSchema& schema) {
  return schema.overload_name() == "data" &&
         (schema.name() == "aten::lstm" || schema.name() == "aten::gru" ||
          schema.name() == "aten::rnn_relu" || schema.name() == "aten::rnn_tanh");
}

// The value after it went through the guard, which gets it as its last argument.
Value* guarded(Node* node, const char* guard, std::vector<Value*> arguments) {
  auto* graph = node->owningGraph();
  const torch::jit::WithInsertPoint place(node);
  Node* check = graph->create(c10::Symbol::fromQualString(guard), arguments);
  check->output()->setType(arguments.back()->type());
  check->setSourceRange(node->sourceRange());
  return graph->insertNode(check)->output();
}

void guard_node(Node* node) {
  const auto* schema = node->maybeSchema();
  if (!schema || !node->kind().is_aten()) return;
  const auto input = [&](const char* name) { return node->namedInput(name); };
  for (size_t i = 0; i < std::min(node->inputs().size(), schema->arguments().size()); ++i) {
    const char* guard = guard_for(*schema, i);
    Value* value = node->input(i);
    const bool number = value->type()->kind() == c10::TypeKind::IntType ||
                        value->type()->kind() == c10::TypeKind::OptionalType;
    if (guard && number) node->replaceInput(i, guarded(node, guard, {value}));
  }
  if (divides(*node)) node->replaceInput(1, guarded(node, "tsrt::divisor", {node->input(1)}));
  if (schema->name() == "aten::scaled_dot_product_attention")
    node->replaceInput(2, guarded(node, "tsrt::attention", {input("key"), input("value")}));
  if (takes_packed_sequence(*schema))
    node->replaceInput(0, guarded(node, "tsrt::packed", {node->input(0)}));
  else if (schema->name() == "aten::lstm")
    node->replaceInput(2, guarded(node, "tsrt::lstm",
                                  {input("input"), input("hx"), input("has_biases"),
                                   input("num_layers"), input("bidirectional"), input("params")}));
}

void guard_block(torch::jit::Block* block) {
  for (Node* node : block->nodes()) {
    guard_node(node);
    for (auto* inner : node->blocks()) guard_block(inner);
  }
}

}  // namespace

void add_guards(const torch::jit::CompilationUnit& unit) {
  static std::once_flag once;
  std::call_once(once, register_guards);
  for (torch::jit::Function* function : unit.get_functions()) {
    if (auto* code = torch::jit::tryToGraphFunction(*function)) guard_block(code->graph()->block());
  }
}

}  // namespace tsrt
