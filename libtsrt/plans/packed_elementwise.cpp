#include "plans/packed_elementwise.h"

#include <ATen/Functions.h>

#include <cmath>

#include "plans/packed_constants.h"
#include "plans/packed_operators.h"
#include "plans/packed_tensors.h"

namespace tsrt {
namespace {

using at::Tensor;
using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Stack;
using torch::jit::Value;
namespace aten = c10::aten;

// Elements above which a call's overhead no longer counts. A mean's sum would lose digits too.
constexpr int64_t max_elements = 4096;
constexpr int64_t max_summands = 256;

void magnitude(Stack& stack) {
  const Tensor& a = torch::jit::peek(stack, 0, 2).toTensor();
  const Tensor& b = torch::jit::peek(stack, 1, 2).toTensor();
  Tensor result;
  if (is_plain(a) && is_plain(b) && a.sizes() == b.sizes() && a.numel() <= max_elements) {
    const auto a_in = a.expect_contiguous(), b_in = b.expect_contiguous();
    result = empty(a.sizes());
    const float *re = a_in->const_data_ptr<float>(), *im = b_in->const_data_ptr<float>();
    float* to = result.mutable_data_ptr<float>();
    for (int64_t i = 0; i < a.numel(); ++i) to[i] = std::sqrt(re[i] * re[i] + im[i] * im[i]);
  } else {
    result = at::sqrt(at::add(at::pow(a, 2), at::pow(b, 2)));
  }
  torch::jit::drop(stack, 2);
  torch::jit::push(stack, std::move(result));
}

// x as [outer, n, inner].
Tensor mean(const Tensor& x, int64_t dim, bool keepdim) {
  const auto contiguous = x.expect_contiguous();
  c10::SmallVector<int64_t, 5> sizes(x.sizes().begin(), x.sizes().end());
  const int64_t n = sizes[dim];
  int64_t inner = 1;
  for (int64_t i = dim + 1; i < x.dim(); ++i) inner *= sizes[i];
  const int64_t outer = x.numel() / n / inner;
  if (keepdim)
    sizes[dim] = 1;
  else
    sizes.erase(sizes.begin() + dim);
  Tensor result = empty(sizes);
  const float* from = contiguous->const_data_ptr<float>();
  float* to = result.mutable_data_ptr<float>();
  for (int64_t o = 0; o < outer; ++o, to += inner) {
    std::copy_n(from, inner, to);
    from += inner;
    for (int64_t i = 1; i < n; ++i, from += inner) {
      for (int64_t j = 0; j < inner; ++j) to[j] += from[j];
    }
    for (int64_t j = 0; j < inner; ++j) to[j] /= static_cast<float>(n);
  }
  return result;
}

void mean(Stack& stack) {
  const Tensor& x = torch::jit::peek(stack, 0, 3).toTensor();
  const int64_t dim = torch::jit::peek(stack, 1, 3).toInt();
  const bool keepdim = torch::jit::peek(stack, 2, 3).toBool();
  const int64_t from_front = dim < 0 ? dim + x.dim() : dim;
  const bool suits = is_plain(x) && from_front >= 0 && from_front < x.dim() && x.numel() > 0 &&
                     x.numel() <= max_elements && x.size(from_front) <= max_summands;
  Tensor result = suits ? mean(x, from_front, keepdim) : at::mean(x, dim, keepdim);
  torch::jit::drop(stack, 3);
  torch::jit::push(stack, std::move(result));
}

struct Operators {
  c10::Symbol magnitude = add_operator("magnitude", "(Tensor a, Tensor b) -> Tensor",
                                       [](Stack& stack) { tsrt::magnitude(stack); });
  c10::Symbol mean = add_operator("mean", "(Tensor x, int dim, bool keepdim) -> Tensor",
                                  [](Stack& stack) { tsrt::mean(stack); });
};

const Operators& operators() {
  static const Operators all;
  return all;
}

bool may_write(const Node* node) {
  if (!node->blocks().empty() || node->kind() == c10::prim::SetAttr) return true;
  const c10::FunctionSchema* schema = node->maybeSchema();
  return schema ? schema->is_mutable() : !node->kind().is_prim();
}

bool written_between(const Node* begin, const Node* end) {
  for (const Node* node = begin->next(); node != end; node = node->next())
    if (may_write(node)) return true;
  return false;
}

// The node that computes a value for `node` alone, in the same block.
Node* only_for(const Node* node, size_t input, c10::Symbol kind) {
  Value* value = node->input(input);
  Node* from = value->node();
  const bool suits = from->kind() == kind && value->uses().size() == 1 &&
                     from->owningBlock() == node->owningBlock();
  return suits ? from : nullptr;
}

Node* square_for(const Node* sum, size_t input) {
  Node* square = only_for(sum, input, aten::pow);
  return square && is_constant(square->input(1), 2) ? square : nullptr;
}

void put(Node* in_place_of, c10::Symbol kind, at::ArrayRef<Value*> inputs) {
  Node* created = in_place_of->owningGraph()->create(kind, inputs);
  created->insertBefore(in_place_of);
  created->setSourceRange(in_place_of->sourceRange());
  if (const auto callstack = in_place_of->callstack()) created->setCallStack(*callstack);
  created->output()->setType(in_place_of->output()->type());
  in_place_of->output()->replaceAllUsesWith(created->output());
}

// The squares are read later than they were.
size_t replace_magnitude(Node* root) {
  Node* sum = only_for(root, 0, aten::add);
  if (!sum || sum->inputs().size() != 3 || !is_constant(sum->input(2), 1)) return 0;
  Node *a = square_for(sum, 0), *b = square_for(sum, 1);
  if (!a || !b || written_between(a->isBefore(b) ? a : b, root)) return 0;
  put(root, operators().magnitude, {a->input(0), b->input(0)});
  for (Node* node : {root, sum, a, b}) node->destroy();
  return 4;
}

// aten::mean(x, dims, keepdim, dtype)
size_t replace_mean(Node* node) {
  if (node->inputs().size() != 4 || !is_constant(node->input(3), c10::IValue())) return 0;
  const auto dim = constant_size(node->input(1));
  if (!dim) return 0;
  const torch::jit::WithInsertPoint before(node);
  Value* number = node->owningGraph()->insertConstant(*dim);
  put(node, operators().mean, {node->input(0), number, node->input(2)});
  node->destroy();
  return 1;
}

size_t replace_in(Block* block) {
  size_t replaced = 0;
  for (auto node = block->nodes().begin(); node != block->nodes().end();) {
    Node* current = *node++;
    for (Block* inner : current->blocks()) replaced += replace_in(inner);
    if (current->kind() == aten::sqrt)
      replaced += replace_magnitude(current);
    else if (current->kind() == aten::mean)
      replaced += replace_mean(current);
  }
  return replaced;
}

}  // namespace

size_t use_elementwise_operators(torch::jit::Graph& graph) {
  return replace_in(graph.block());
}

}  // namespace tsrt
