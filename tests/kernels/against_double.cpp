// Holds the kernels of every instruction set that this processor has to sums in double precision.
// Prints the largest errors and fails if one is above what it may be.
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "kernels/kernels.h"

using namespace tsrt;
using Floats = std::vector<float>;

namespace {

// A sum of n products is off by n roundings at most; with values below 1 in size, a few suffice.
constexpr double sum_tolerance = 2e-5;
constexpr double function_tolerance = 5e-7;  // absolute, for results of about 1
constexpr double relative_tolerance = 1e-6;  // of tanh and sigmoid
constexpr float canary = 12345;

std::mt19937 generator(7);
int failures = 0;

Floats random_floats(int64_t n, float scale = 1) {
  std::uniform_real_distribution<float> distribution(-scale, scale);
  Floats values(n);
  for (float& value : values) value = distribution(generator);
  return values;
}

Floats output(int64_t n) {
  return Floats(n + 1, canary);
}

double apply(Activation activation, double x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return x < 0 ? 0 : x;
    case Activation::tanh:
      return std::tanh(x);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::gelu:
      return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5)));
    case Activation::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  }
  return x;
}

// Compares, and looks whether something was written behind the end.
double worst(const Floats& got, const std::vector<double>& want) {
  double error = got[want.size()] == canary ? 0 : INFINITY;
  for (size_t i = 0; i < want.size(); ++i) {
    const double off = std::abs(got[i] - want[i]);
    if (!(off <= error)) error = off;
  }
  return error;
}

void hold(const Kernels& kernels, const char* what, double error, double tolerance) {
  const bool good = error <= tolerance;
  std::printf("%-8s %-18s %.2g%s\n", kernels.name, what, error, good ? "" : "  TOO FAR OFF");
  failures += !good;
}

Floats packed(const Kernels& kernels, const Floats& weight, const float* bias, int64_t out,
              int64_t in) {
  Floats result(kernels.packed_size(out, in));
  pack(kernels, weight.data(), bias, out, in, result.data());
  return result;
}

double linear_error(const Kernels& kernels, int64_t rows, int64_t in, int64_t out, bool has_bias,
                    Activation activation) {
  const Floats x = random_floats(rows * in), weight = random_floats(out * in);
  const Floats bias = random_floats(out);
  const Floats ready = packed(kernels, weight, has_bias ? bias.data() : nullptr, out, in);
  Floats y = output(rows * out);
  kernels.linear({ready.data(), in, out, activation}, x.data(), rows, y.data());
  std::vector<double> want;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t o = 0; o < out; ++o) {
      double sum = has_bias ? bias[o] : 0;
      for (int64_t i = 0; i < in; ++i) sum += double(x[row * in + i]) * weight[o * in + i];
      want.push_back(apply(activation, sum));
    }
  }
  return worst(y, want);
}

void check_linear(const Kernels& kernels) {
  double error = 0;
  int64_t step = 0;
  for (const int64_t rows : {0, 1, 2, 3, 4, 5, 6, 7, 17, 64}) {
    for (const int64_t in : {1, 2, 3, 16, 31, 128}) {
      for (const int64_t out : {1, 4, 15, 16, 17, 33, 64, 65, 100}) {
        const auto activation = static_cast<Activation>(step++ % 6);
        error = std::fmax(error, linear_error(kernels, rows, in, out, step % 5 != 0, activation));
      }
    }
  }
  hold(kernels, "linear", error, sum_tolerance);
}

double conv1d_error(const Kernels& kernels, const Conv1d& shape, int64_t length) {
  const int64_t terms = shape.in * shape.taps, positions = shape.output_length(length);
  const Floats x = random_floats(shape.in * length), weight = random_floats(shape.out * terms);
  const Floats bias = random_floats(shape.out);
  Floats ordered = weight;  // [out, taps, in] where the taps are the outer loop
  for (int64_t o = 0; shape.taps_outside() && o < shape.out; ++o) {
    for (int64_t i = 0; i < terms; ++i)
      ordered[o * terms + i % shape.taps * shape.in + i / shape.taps] = weight[o * terms + i];
  }
  const Floats ready = packed(kernels, ordered, bias.data(), shape.out, terms);
  Floats padded(shape.in * (length + 2 * shape.padding)), y = output(shape.out * positions);
  Conv1d op = shape;
  op.packed = ready.data();
  kernels.conv1d(op, x.data(), length, padded.data(), y.data());
  std::vector<double> want;
  for (int64_t o = 0; o < shape.out; ++o) {
    for (int64_t position = 0; position < positions; ++position) {
      double sum = bias[o];
      for (int64_t i = 0; i < terms; ++i) {
        const int64_t at =
            position * shape.stride + i % shape.taps * shape.dilation - shape.padding;
        if (at >= 0 && at < length)
          sum += double(x[i / shape.taps * length + at]) * weight[o * terms + i];
      }
      want.push_back(apply(shape.activation, sum));
    }
  }
  return worst(y, want);
}

void check_conv1d(const Kernels& kernels) {
  double error = 0;
  const auto any = [](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(generator);
  };
  for (int i = 0; i < 400; ++i) {
    Conv1d shape{nullptr,   any(1, 20), any(1, 80), any(1, 5),
                 any(1, 3), any(0, 4),  any(1, 3),  static_cast<Activation>(any(0, 5))};
    const int64_t length = any(1, 24);
    if (length + 2 * shape.padding <= shape.dilation * (shape.taps - 1)) continue;
    error = std::fmax(error, conv1d_error(kernels, shape, length));
  }
  hold(kernels, "conv1d", error, sum_tolerance);
}

double lstm_error(const Kernels& kernels, int64_t rows, int64_t in, int64_t hidden) {
  const Floats x = random_floats(rows * in, 3), h = random_floats(rows * hidden);
  const Floats c = random_floats(rows * hidden, 2), bias = random_floats(4 * hidden);
  const Floats weight_in = random_floats(4 * hidden * in);
  const Floats weight_h = random_floats(4 * hidden * hidden);
  Floats packed_in(kernels.packed_gates_size(hidden, in));
  Floats packed_h(kernels.packed_gates_size(hidden, hidden));
  pack_gates(kernels, weight_in.data(), bias.data(), hidden, in, packed_in.data());
  pack_gates(kernels, weight_h.data(), nullptr, hidden, hidden, packed_h.data());
  const int64_t width = kernels.gate_width(hidden);
  Floats gates(rows * width), h_out = output(rows * hidden), c_out = output(rows * hidden);
  kernels.linear({packed_in.data(), in, width, Activation::none}, x.data(), rows, gates.data());
  kernels.lstm_step({packed_h.data(), hidden}, gates.data(), h.data(), c.data(), rows, h_out.data(),
                    c_out.data());
  std::vector<double> want_h, want_c;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t unit = 0; unit < hidden; ++unit) {
      double gate[4];
      for (int64_t g = 0; g < 4; ++g) {
        const int64_t w = g * hidden + unit;
        gate[g] = bias[w];
        for (int64_t i = 0; i < in; ++i) gate[g] += double(x[row * in + i]) * weight_in[w * in + i];
        for (int64_t i = 0; i < hidden; ++i)
          gate[g] += double(h[row * hidden + i]) * weight_h[w * hidden + i];
        gate[g] = apply(g == 2 ? Activation::tanh : Activation::sigmoid, gate[g]);
      }
      want_c.push_back(gate[1] * c[row * hidden + unit] + gate[0] * gate[2]);
      want_h.push_back(gate[3] * std::tanh(want_c.back()));
    }
  }
  return std::fmax(worst(h_out, want_h), worst(c_out, want_c));
}

void check_lstm(const Kernels& kernels) {
  double error = 0;
  for (const int64_t rows : {0, 1, 2, 3, 4, 7}) {
    for (const int64_t in : {1, 20, 64}) {
      for (const int64_t hidden : {1, 4, 15, 16, 33, 64})
        error = std::fmax(error, lstm_error(kernels, rows, in, hidden));
    }
  }
  hold(kernels, "lstm", error, sum_tolerance);
}

Floats values_to_try() {
  Floats values;
  for (double x = -90; x < 90; x += 0.0037) values.push_back(static_cast<float>(x));
  for (double x = 1e-30; x < 1; x *= 1.07) {
    values.push_back(static_cast<float>(x));
    values.push_back(static_cast<float>(-x));
  }
  return values;
}

void check_activation(const Kernels& kernels, Activation activation, const char* name) {
  const Floats x = values_to_try();
  Floats y = x;
  kernels.activate(activation, y.data(), static_cast<int64_t>(y.size()));
  double error = 0, relative = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double want = apply(activation, x[i]), off = std::abs(y[i] - want);
    error = std::fmax(error, off / std::fmax(1, std::abs(x[i])));
    if (std::abs(want) > 1e-30) relative = std::fmax(relative, off / std::abs(want));
  }
  hold(kernels, name, error, function_tolerance);
  if (activation == Activation::tanh || activation == Activation::sigmoid)
    hold(kernels, "  relative", relative, relative_tolerance);
}

void check_extremes(const Kernels& kernels) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (int a = 0; a < 6; ++a) {
    const auto activation = static_cast<Activation>(a);
    Floats y{infinity, -infinity, 1e30f, -1e30f, NAN, 0};
    if (activation == Activation::gelu || activation == Activation::gelu_tanh) y[1] = -1e30f;
    const Floats x = y;
    kernels.activate(activation, y.data(), static_cast<int64_t>(y.size()));
    bool good = std::isnan(y[4]);
    for (size_t i : {0, 1, 2, 3, 5}) {
      const double want = apply(activation, x[i]);
      good = good && (y[i] == want || std::abs(y[i] - want) <= 1e-30);
    }
    if (!good) hold(kernels, "extremes", a, -1);
  }
}

}  // namespace

int main() {
  for (const Kernels* const* kernels = all_kernels(); *kernels; ++kernels) {
    check_linear(**kernels);
    check_conv1d(**kernels);
    check_lstm(**kernels);
    check_activation(**kernels, Activation::tanh, "tanh");
    check_activation(**kernels, Activation::sigmoid, "sigmoid");
    check_activation(**kernels, Activation::gelu, "gelu");
    check_activation(**kernels, Activation::gelu_tanh, "gelu_tanh");
    check_extremes(**kernels);
  }
  return failures != 0;
}
