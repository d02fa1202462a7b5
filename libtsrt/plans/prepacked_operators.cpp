// oneDNN's operators take what suits them and answer the rest with errors of their own, or not as
// aten would (a type that promotes, an input without rows, an image without a batch). So each is
// called through one of ours, which looks at the input first. What does not suit gets its weight back
// in the plain layout and goes to aten: slow, and equal to the plain graph, errors included.
#include "plans/prepacked_operators.h"

#include <ATen/Functions.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/runtime/custom_operator.h>

#include <string>

namespace tsrt {
namespace {

using at::Tensor;
using torch::jit::Stack;

// Positions of arguments in the stack, counted from the first.
struct ConvolutionArguments {
  Stack& stack;
  size_t weight;  // the others follow it
  const c10::IValue& at(size_t position) const { return *(stack.end() - count() + position); }
  size_t count() const { return weight == 1 ? 10 : 13; }
  const Tensor& input() const { return at(0).toTensor(); }
  const Tensor& packed() const { return at(weight).toTensor(); }
  std::vector<int64_t> sizes(size_t after) const { return at(weight + after).toIntVector(); }
  int64_t groups() const { return at(weight + 5).toInt(); }
};

c10::OperatorHandle onednn(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
}

bool same_kind(const Tensor& input, const Tensor& packed) {
  return input.is_cpu() && input.layout() == at::kStrided && input.numel() > 0 &&
         input.scalar_type() == packed.scalar_type();
}


Tensor activate(const Tensor& x, const c10::IValue& name, const c10::IValue& algorithm) {
  if (name.isNone() || name.toStringRef() == "none") return x;
  const std::string& kind = name.toStringRef();
  if (kind == "relu") return at::relu(x);
  if (kind == "sigmoid") return at::sigmoid(x);
  if (kind == "tanh") return at::tanh(x);
  if (kind == "swish") return at::silu(x);
  if (kind == "hardswish") return at::hardswish(x);
  TORCH_INTERNAL_ASSERT(kind == "gelu");
  return at::gelu(x, algorithm.toStringView());
}

bool suits_linear(const Tensor& input, const Tensor& packed) {
  return same_kind(input, packed) && input.dim() >= 1 && input.size(-1) == packed.size(1);
}

Tensor plain_linear(const Tensor& input, const Tensor& packed, const c10::IValue& bias) {
  return at::linear(input, packed.to_dense(), bias.toOptional<Tensor>());
}

void run_linear(Stack& stack) {
  static const c10::OperatorHandle fast = onednn("mkldnn::_linear_pointwise", "");
  const auto argument = stack.end() - 6;
  if (suits_linear(argument[0].toTensor(), argument[1].toTensor())) return fast.callBoxed(stack);
  Tensor result = plain_linear(argument[0].toTensor(), argument[1].toTensor(), argument[2]);
  result = activate(result, argument[3], argument[5]);
  torch::jit::drop(stack, 6);
  stack.emplace_back(std::move(result));
}

void run_linear_add(Stack& stack) {
  static const c10::OperatorHandle fast = onednn("mkldnn::_linear_pointwise", "binary");
  const auto argument = stack.end() - 5;
  const Tensor &input = argument[0].toTensor(), &packed = argument[2].toTensor();
  const Tensor& other = argument[1].toTensor();
  if (suits_linear(input, packed)) {
    std::vector<int64_t> output = input.sizes().vec();
    output.back() = packed.size(0);
    if (same_kind(other, packed) && other.sizes() == output) return fast.callBoxed(stack);
  }
  Tensor result = at::add(plain_linear(input, packed, argument[3]), other);
  torch::jit::drop(stack, 5);
  stack.emplace_back(std::move(result));
}

// The output's sizes, or nothing if the input is not what oneDNN takes.
std::optional<std::vector<int64_t>> output_sizes(const ConvolutionArguments& call) {
  const Tensor &input = call.input(), &packed = call.packed();
  if (!same_kind(input, packed) || input.dim() != 4) return {};
  if (input.size(1) != packed.size(1) * call.groups()) return {};
  const auto padding = call.sizes(2), stride = call.sizes(3), dilation = call.sizes(4);
  std::vector<int64_t> sizes = {input.size(0), packed.size(0)};
  for (size_t i = 0; i < 2; ++i) {
    const int64_t rest =
        input.size(i + 2) + 2 * padding[i] - dilation[i] * (packed.size(i + 2) - 1) - 1;
    if (rest < 0) return {};
    sizes.push_back(rest / stride[i] + 1);
  }
  return sizes;
}

Tensor plain_convolution(const ConvolutionArguments& call) {
  return at::conv2d(call.input(), call.packed().to_dense(),
                    call.at(call.weight + 1).toOptional<Tensor>(), call.sizes(3), call.sizes(2),
                    call.sizes(4), call.groups());
}

void run_convolution(Stack& stack) {
  static const c10::OperatorHandle fast = onednn("mkldnn::_convolution_pointwise", "");
  const ConvolutionArguments call{stack, 1};
  if (output_sizes(call)) return fast.callBoxed(stack);
  Tensor result = activate(plain_convolution(call), call.at(7), call.at(9));
  torch::jit::drop(stack, 10);
  stack.emplace_back(std::move(result));
}

void run_convolution_add(Stack& stack) {
  static const c10::OperatorHandle fast = onednn("mkldnn::_convolution_pointwise", "binary");
  const ConvolutionArguments call{stack, 2};
  const Tensor& other = call.at(1).toTensor();
  if (const auto sizes = output_sizes(call);
      sizes && same_kind(other, call.packed()) && other.sizes() == *sizes)
    return fast.callBoxed(stack);
  Tensor result = activate(at::add(plain_convolution(call), other), call.at(10), call.at(12));
  torch::jit::drop(stack, 13);
  stack.emplace_back(std::move(result));
}

// Another copy of this library in the process has operators of its own.
c10::Symbol registered(std::string name, const char* arguments, void (*run)(Stack&)) {
  while (!torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(name)).empty()) name += "_";
  torch::jit::registerOperator(torch::jit::Operator(name + arguments + " -> Tensor", run,
                                                    c10::AliasAnalysisKind::FROM_SCHEMA));
  return c10::Symbol::fromQualString(name);
}

}  // namespace

c10::Symbol packed_linear() {
  static const c10::Symbol symbol = registered(
      "tsrt::packed_linear",
      "(Tensor x, Tensor w, Tensor? b, str attr, Scalar?[] scalars, str? algorithm)", run_linear);
  return symbol;
}

c10::Symbol packed_linear_add() {
  static const c10::Symbol symbol = registered(
      "tsrt::packed_linear_add", "(Tensor x, Tensor other, Tensor w, Tensor? b, str attr)",
      run_linear_add);
  return symbol;
}

c10::Symbol packed_convolution() {
  static const c10::Symbol symbol = registered(
      "tsrt::packed_convolution",
      "(Tensor x, Tensor w, Tensor? b, int[] padding, int[] stride, int[] dilation, int groups, "
      "str attr, Scalar?[] scalars, str? algorithm)",
      run_convolution);
  return symbol;
}

c10::Symbol packed_convolution_add() {
  static const c10::Symbol symbol = registered(
      "tsrt::packed_convolution_add",
      "(Tensor x, Tensor other, Tensor w, Tensor? b, int[] padding, int[] stride, int[] dilation, "
      "int groups, str attr, Scalar? alpha, str? unary, Scalar?[] scalars, str? algorithm)",
      run_convolution_add);
  return symbol;
}

}  // namespace tsrt
