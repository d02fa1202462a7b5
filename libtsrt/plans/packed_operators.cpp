#include "plans/packed_operators.h"

#include <ATen/EmptyTensor.h>
#include <ATen/Functions.h>

#include <string>

#include "model/own_operator.h"
#include "plans/packed_lstm.h"
#include "plans/packed_tensors.h"

namespace tsrt {
namespace {

using at::Tensor;
using torch::jit::Stack;

// Where LibTorch's operators, which block for the caches, became as fast; measured with one thread
// and AVX-512. Multiplications: linear layers of 256 x 256 with 64 rows took 50 us against 67, of
// 1024 x 1024 with 64 rows 1.1 ms against 1.3; convolutions of 128 x 128 x 3 at 32 positions 25 us
// against 33, of 64 x 64 x 3 at 256 positions 57 against 57.
constexpr int64_t max_linear_work = int64_t{1} << 22;
constexpr int64_t max_conv1d_work = int64_t{1} << 21;
// Outputs of a convolution, which have to be turned: 9 taps of one channel into 64 channels took
// 11 us against 11 at 256 positions.
constexpr int64_t max_conv1d_outputs = int64_t{1} << 15;

Tensor activate(const Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return at::relu(x);
    case Activation::tanh:
      return at::tanh(x);
    case Activation::sigmoid:
      return at::sigmoid(x);
    case Activation::gelu:
      return at::gelu(x);
    case Activation::gelu_tanh:
      return at::gelu(x, "tanh");
  }
  return x;
}

struct Mlp {
  const MlpLayer* layers;
  int64_t depth;
  const Tensor& packed;

  bool suits(const Tensor& x) const {
    if (!is_plain(x) || x.dim() == 0 || x.size(-1) != layers[0].in) return false;
    int64_t weights = 0;
    for (int64_t i = 0; i < depth; ++i) weights += layers[i].in * layers[i].out;
    return is_small(x.numel() / layers[0].in * weights, max_linear_work);
  }

  // A few rows go through all layers before the next ones do.
  void run(const float* x, int64_t rows, float* y) const {
    constexpr int64_t room = 4 * max_hidden;
    float hidden[2][room];
    int64_t widest = 1;
    for (int64_t i = 0; i + 1 < depth; ++i) widest = std::max(widest, layers[i].out);
    const int64_t step = depth == 1 ? rows : room / widest;
    for (int64_t row = 0; row < rows; row += step) {
      const int64_t some = std::min(step, rows - row);
      const float* from = x + row * layers[0].in;
      const float* weight = packed.const_data_ptr<float>();
      for (int64_t i = 0; i < depth; ++i) {
        const MlpLayer& layer = layers[i];
        float* to = i + 1 < depth ? hidden[i % 2] : y + row * layer.out;
        kernels().linear({weight, layer.in, layer.out, layer.activation}, from, some, to);
        weight += kernels().packed_size(layer.out, layer.in);
        from = to;
      }
    }
  }

  Tensor by_libtorch(Tensor x, const c10::List<Tensor>& weights) const {
    size_t next = 0;
    for (int64_t i = 0; i < depth; ++i) {
      const Tensor weight = weights.get(next++);
      std::optional<Tensor> bias;
      if (layers[i].has_bias) bias = weights.get(next++);
      x = activate(at::linear(x, weight, bias), layers[i].activation);
    }
    return x;
  }
};

void mlp(Stack& stack) {
  const auto input = [&](size_t i) -> const c10::IValue& { return torch::jit::peek(stack, i, 4); };
  const Tensor& x = input(0).toTensor();
  const Tensor& layers = input(2).toTensor();
  const Mlp mlp{reinterpret_cast<const MlpLayer*>(layers.const_data_ptr<int64_t>()), layers.size(0),
                input(1).toTensor()};
  Tensor y;
  if (mlp.suits(x)) {
    const auto contiguous = x.expect_contiguous();
    c10::SmallVector<int64_t, 5> sizes(x.sizes().begin(), x.sizes().end());
    sizes.back() = mlp.layers[mlp.depth - 1].out;
    y = empty(sizes);
    mlp.run(contiguous->const_data_ptr<float>(), x.numel() / mlp.layers[0].in,
            y.mutable_data_ptr<float>());
  } else {
    y = mlp.by_libtorch(x, input(3).toTensorList());
  }
  torch::jit::drop(stack, 4);
  torch::jit::push(stack, std::move(y));
}

bool conv1d_suits(const Conv1dShape& shape, const Conv1d& op, const Tensor& x) {
  if (!is_plain(x) || (x.dim() != 3 && !(x.dim() == 2 && shape.takes_unbatched))) return false;
  const int64_t length = x.size(-1);
  if (x.size(-2) != op.in || x.numel() == 0 ||
      length + 2 * op.padding <= op.dilation * (op.taps - 1))
    return false;
  const int64_t batch = x.dim() == 3 ? x.size(0) : 1;
  const int64_t outputs = batch * op.out * op.output_length(length);
  return outputs <= max_conv1d_outputs && is_small(outputs * op.in * op.taps, max_conv1d_work);
}

Tensor conv1d(const Conv1d& op, const Tensor& x) {
  const auto contiguous = x.expect_contiguous();
  const int64_t length = x.size(-1), positions = op.output_length(length);
  const int64_t batch = x.dim() == 3 ? x.size(0) : 1;
  Tensor y = x.dim() == 3 ? empty({batch, op.out, positions}) : empty({op.out, positions});
  const Scratch padded(op.padding == 0 ? 0 : op.in * (length + 2 * op.padding));
  for (int64_t i = 0; i < batch; ++i) {
    kernels().conv1d(op, contiguous->const_data_ptr<float>() + i * op.in * length, length,
                     padded.data(), y.mutable_data_ptr<float>() + i * op.out * positions);
  }
  return y;
}

Tensor conv1d_by_libtorch(const Conv1dShape& shape, const Tensor& x, const Tensor& weight,
                          const std::optional<Tensor>& bias) {
  if (shape.takes_unbatched) {
    return at::conv1d(x, weight, bias, shape.stride, at::IntArrayRef(shape.padding),
                      shape.dilation);
  }
  return at::convolution(x, weight, bias, shape.stride, shape.padding, shape.dilation, false, 0, 1);
}

void conv1d(Stack& stack) {
  const auto input = [&](size_t i) -> const c10::IValue& { return torch::jit::peek(stack, i, 5); };
  const Tensor& x = input(0).toTensor();
  const auto& shape =
      *reinterpret_cast<const Conv1dShape*>(input(2).toTensor().const_data_ptr<int64_t>());
  const Conv1d op = shape.over(input(1).toTensor().const_data_ptr<float>());
  Tensor y;
  if (conv1d_suits(shape, op, x)) {
    y = conv1d(op, x);
  } else {
    y = conv1d_by_libtorch(shape, x, input(3).toTensor(), input(4).toOptional<Tensor>());
    y = activate(y, shape.activation);
  }
  torch::jit::drop(stack, 5);
  torch::jit::push(stack, std::move(y));
}

}  // namespace

c10::Symbol add_operator(const char* name, const char* schema, torch::jit::Operation operation) {
  return register_operator(name, schema, std::move(operation), c10::AliasAnalysisKind::FROM_SCHEMA);
}

const PackedOperators& packed_operators() {
  static const PackedOperators operators{
      add_operator("mlp", "(Tensor x, Tensor packed, Tensor layers, Tensor[] weights) -> Tensor",
                   mlp),
      add_operator("conv1d",
                   "(Tensor x, Tensor packed, Tensor shape, Tensor weight, Tensor? bias) -> Tensor",
                   [](Stack& stack) { conv1d(stack); }),
      add_operator(
          "lstm_cell",
          "(Tensor x, Tensor h, Tensor c, Tensor packed, Tensor w_ih, Tensor w_hh, Tensor? b_ih, "
          "Tensor? b_hh) -> (Tensor, Tensor)",
          run_lstm_cell),
      add_operator(
          "lstm",
          "(Tensor x, Tensor h, Tensor c, Tensor packed, Tensor[] weights, bool has_biases, "
          "bool batch_first) -> (Tensor, Tensor, Tensor)",
          run_lstm)};
  return operators;
}

}  // namespace tsrt
