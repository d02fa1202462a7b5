#include "kernels/kernels.h"

namespace tsrt {

#if defined(__x86_64__)
extern const Kernels avx512_kernels;
extern const Kernels avx2_kernels;
#endif
extern const Kernels generic_kernels;

namespace {

struct Usable {
  const Kernels* list[4] = {};

  Usable() {
    const Kernels** next = list;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
      *next++ = &avx512_kernels;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) *next++ = &avx2_kernels;
#endif
    *next = &generic_kernels;
  }
};

// Panels of four vectors, the last one as narrow as its outputs allow. In a panel, all outputs of
// the first input come first. `row_of` gives the row of an output, or -1 for one that only pads.
template <class RowOf>
void pack_rows(const Kernels& kernels, const float* weight, const float* bias, int64_t outputs,
               int64_t in, RowOf row_of, float* packed) {
  for (int64_t output = 0; output < outputs; ++output) {
    const int64_t row = row_of(output);
    *packed++ = bias && row >= 0 ? bias[row] : 0;
  }
  const int64_t panel = 4 * kernels.lanes;
  for (int64_t first = 0; first < outputs; first += panel) {
    const int64_t end = first + panel < outputs ? first + panel : outputs;
    for (int64_t i = 0; i < in; ++i) {
      for (int64_t output = first; output < end; ++output) {
        const int64_t row = row_of(output);
        *packed++ = row >= 0 ? weight[row * in + i] : 0;
      }
    }
  }
}

}  // namespace

bool Conv1d::taps_outside() const {
  return in >= taps;
}

int64_t Conv1d::output_length(int64_t length) const {
  return (length + 2 * padding - dilation * (taps - 1) - 1) / stride + 1;
}

int64_t Kernels::padded(int64_t out) const {
  return (out + lanes - 1) / lanes * lanes;
}

int64_t Kernels::packed_size(int64_t out, int64_t in) const {
  return padded(out) * (in + 1);
}

int64_t Kernels::gate_width(int64_t hidden) const {
  return 4 * padded(hidden);
}

int64_t Kernels::packed_gates_size(int64_t hidden, int64_t in) const {
  return gate_width(hidden) * (in + 1);
}

const Kernels* const* all_kernels() {
  static const Usable usable;
  return usable.list;
}

const Kernels& kernels() {
  static const Kernels& best = *all_kernels()[0];
  return best;
}

void pack(const Kernels& kernels, const float* weight, const float* bias, int64_t out, int64_t in,
          float* packed) {
  const auto row_of = [&](int64_t output) { return output < out ? output : -1; };
  pack_rows(kernels, weight, bias, kernels.padded(out), in, row_of, packed);
}

void pack_gates(const Kernels& kernels, const float* weight, const float* bias, int64_t hidden,
                int64_t in, float* packed) {
  const int64_t lanes = kernels.lanes;
  const auto row_of = [&](int64_t output) -> int64_t {
    const int64_t gate = output / lanes % 4;
    const int64_t unit = output / (4 * lanes) * lanes + output % lanes;
    return unit < hidden ? gate * hidden + unit : -1;
  };
  pack_rows(kernels, weight, bias, kernels.gate_width(hidden), in, row_of, packed);
}

}  // namespace tsrt
