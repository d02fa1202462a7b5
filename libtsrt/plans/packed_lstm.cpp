#include "plans/packed_lstm.h"

#include <ATen/Functions.h>

#include "kernels/kernels.h"
#include "plans/packed_tensors.h"

namespace tsrt {
namespace {

using at::Tensor;

// Multiplications for one step of all rows, where LibTorch became as fast; measured with one thread
// and AVX-512. 32 inputs and 64 units with 64 rows took 1.6 ms for 20 steps of two layers against
// 1.6; 128 and 256 with 8 rows 1.2 ms for 20 steps against 1.5.
constexpr int64_t max_work = int64_t{1} << 21;

struct Layer {
  const float* packed;  // for the inputs with the bias, then for the recurrence
  int64_t in, hidden;

  int64_t packed_in() const { return kernels().packed_gates_size(hidden, in); }
  int64_t packed_floats() const {
    return packed_in() + kernels().packed_gates_size(hidden, hidden);
  }

  void gates(const float* x, int64_t rows, float* result) const {
    kernels().linear({packed, in, kernels().gate_width(hidden), Activation::none}, x, rows, result);
  }

  void step(const float* gates, const float* h, const float* c, int64_t rows, float* h_out,
            float* c_out) const {
    kernels().lstm_step({packed + packed_in(), hidden}, gates, h, c, rows, h_out, c_out);
  }

  // `c` holds the first state, and then the last. `y` gets the outputs of all steps.
  void run(const float* x, int64_t steps, int64_t rows, const float* h, float* c, float* y) const {
    const int64_t width = kernels().gate_width(hidden);
    const Scratch all(steps * rows * width);
    gates(x, steps * rows, all.data());
    for (int64_t t = 0; t < steps; ++t, y += rows * hidden) {
      step(all.data() + t * rows * width, h, c, rows, y, c);
      h = y;
    }
  }
};

bool is_state(const Tensor& x, at::IntArrayRef sizes) {
  return is_plain(x) && x.sizes() == sizes;
}

// A call of aten::lstm, one direction, without dropout.
struct Lstm {
  const Tensor &x, &h, &c, &packed;
  c10::List<Tensor> weights;
  bool has_biases, batch_first;

  int64_t for_layer() const { return has_biases ? 4 : 2; }
  int64_t depth() const { return static_cast<int64_t>(weights.size()) / for_layer(); }
  int64_t in() const { return weights.get(0).size(1); }
  int64_t hidden() const { return weights.get(1).size(1); }

  bool suits() const {
    if (!is_plain(x) || x.dim() != 3 || x.numel() == 0 || x.size(2) != in()) return false;
    const int64_t rows = x.size(batch_first ? 0 : 1);
    return is_state(h, {depth(), rows, hidden()}) && is_state(c, {depth(), rows, hidden()}) &&
           is_small(rows * 4 * hidden() * (in() + hidden()), max_work);
  }

  std::tuple<Tensor, Tensor, Tensor> run() const {
    const Tensor in_time = (batch_first ? x.transpose(0, 1) : x).contiguous();
    const int64_t steps = in_time.size(0), rows = in_time.size(1), state = rows * hidden();
    const auto h_in = h.expect_contiguous();
    Tensor h_out = empty(h.sizes()), c_out = empty(c.sizes());
    c_out.copy_(c);
    const float* weight = packed.const_data_ptr<float>();
    Tensor from = in_time;
    for (int64_t i = 0; i < depth(); ++i) {
      const Layer layer{weight, from.size(2), hidden()};
      Tensor to = empty({steps, rows, hidden()});
      float* y = to.mutable_data_ptr<float>();
      layer.run(from.const_data_ptr<float>(), steps, rows,
                h_in->const_data_ptr<float>() + i * state,
                c_out.mutable_data_ptr<float>() + i * state, y);
      std::copy_n(y + (steps - 1) * state, state, h_out.mutable_data_ptr<float>() + i * state);
      weight += layer.packed_floats();
      from = std::move(to);
    }
    return {batch_first ? from.transpose(0, 1) : from, h_out, c_out};
  }

  std::tuple<Tensor, Tensor, Tensor> by_libtorch() const {
    return at::lstm(x, {h, c}, weights.vec(), has_biases, depth(), 0, false, false, batch_first);
  }
};

}  // namespace

void run_lstm_cell(torch::jit::Stack& stack) {
  const auto input = [&](size_t i) -> const c10::IValue& { return torch::jit::peek(stack, i, 8); };
  const Tensor &x = input(0).toTensor(), &h = input(1).toTensor(), &c = input(2).toTensor();
  const Tensor &w_ih = input(4).toTensor(), &w_hh = input(5).toTensor();
  const Layer layer{input(3).toTensor().const_data_ptr<float>(), w_ih.size(1), w_hh.size(1)};
  Tensor h_out, c_out;
  if (is_plain(x) && x.dim() == 2 && x.size(1) == layer.in &&
      is_state(h, {x.size(0), layer.hidden}) && is_state(c, {x.size(0), layer.hidden}) &&
      is_small(x.size(0) * w_ih.size(0) * (layer.in + layer.hidden), max_work)) {
    const auto x_in = x.expect_contiguous(), h_in = h.expect_contiguous();
    const auto c_in = c.expect_contiguous();
    h_out = empty(h.sizes());
    c_out = empty(c.sizes());
    const Scratch gates(x.size(0) * kernels().gate_width(layer.hidden));
    layer.gates(x_in->const_data_ptr<float>(), x.size(0), gates.data());
    layer.step(gates.data(), h_in->const_data_ptr<float>(), c_in->const_data_ptr<float>(),
               x.size(0), h_out.mutable_data_ptr<float>(), c_out.mutable_data_ptr<float>());
  } else {
    std::tie(h_out, c_out) = at::lstm_cell(x, {h, c}, w_ih, w_hh, input(6).toOptional<Tensor>(),
                                           input(7).toOptional<Tensor>());
  }
  torch::jit::drop(stack, 8);
  torch::jit::push(stack, std::move(h_out), std::move(c_out));
}

void run_lstm(torch::jit::Stack& stack) {
  const auto input = [&](size_t i) -> const c10::IValue& { return torch::jit::peek(stack, i, 7); };
  const Lstm lstm{input(0).toTensor(), input(1).toTensor(),     input(2).toTensor(),
                  input(3).toTensor(), input(4).toTensorList(), input(5).toBool(),
                  input(6).toBool()};
  auto [y, h, c] = lstm.suits() ? lstm.run() : lstm.by_libtorch();
  torch::jit::drop(stack, 7);
  torch::jit::push(stack, std::move(y), std::move(h), std::move(c));
}

}  // namespace tsrt
