// Matrix times vector, and what goes around it, for networks so small that calling a BLAS costs
// more than the arithmetic. Plain C++ on floats: nothing here knows LibTorch.
#pragma once

#include <cstdint>

namespace tsrt {

enum class Activation : int64_t { none, relu, tanh, sigmoid, gelu, gelu_tanh };

// y = activation(x weight^T + bias), for x [rows, in] and y [rows, out].
struct Linear {
  const float* packed;
  int64_t in, out;
  Activation activation;
};

// Torch's conv1d with one group, for x [in, length] and y [out, output_length()].
struct Conv1d {
  const float* packed;
  int64_t in, out, taps, stride, padding, dilation;
  Activation activation;

  // The terms of the sum are packed in two loops, of which the longer one is inside.
  bool taps_outside() const;
  int64_t output_length(int64_t length) const;
};

// What the recurrence of an LSTM adds to the gates: h weight_hh^T, for h [rows, hidden].
struct LstmStep {
  const float* packed;
  int64_t hidden;
};

// One for each instruction set. Sizes of vectors differ, so packed weights do.
struct Kernels {
  const char* name;
  int64_t lanes;  // floats in a vector
  void (*linear)(const Linear&, const float* x, int64_t rows, float* y);
  // `padded` has room for x with zeros around each channel; it is not used without padding.
  void (*conv1d)(const Conv1d&, const float* x, int64_t length, float* padded, float* y);
  // `gates` [rows, gate_width()] are those of a `Linear` over the inputs, packed by `pack_gates`.
  // `c` may be `c_out`; `h` may not be `h_out`.
  void (*lstm_step)(const LstmStep&, const float* gates, const float* h, const float* c,
                    int64_t rows, float* h_out, float* c_out);
  void (*activate)(Activation, float* values, int64_t n);

  // In floats. None of these is inline: body.h tells why.
  int64_t padded(int64_t out) const;
  int64_t packed_size(int64_t out, int64_t in) const;
  int64_t gate_width(int64_t hidden) const;
  int64_t packed_gates_size(int64_t hidden, int64_t in) const;
};

// The best one for this processor.
const Kernels& kernels();

// Those that this processor can run, the best one first, and then a null pointer.
const Kernels* const* all_kernels();

// `weight` [out, in] and `bias` [out], which may be null, in the order in which they are read.
void pack(const Kernels&, const float* weight, const float* bias, int64_t out, int64_t in,
          float* packed);
// `weight` [4 * hidden, in]: the gates of a unit come to lie side by side. So does a Linear with
// gate_width() outputs read them.
void pack_gates(const Kernels&, const float* weight, const float* bias, int64_t hidden, int64_t in,
                float* packed);

}  // namespace tsrt
