// The kernels, in the vector extensions of gcc and clang. Compiled once for each instruction set by
// a file that defines TSRT_LANES (floats in a vector), TSRT_ROWS (rows that are worked on at once:
// four accumulators each have to fit the registers), TSRT_KERNELS and TSRT_NAME.
//
// Nothing here may be shared between object files: the linker might keep the copy that only newer
// processors can run. So all is in an unnamed namespace, and no header with templates is read.
#include "kernels/kernels.h"

namespace tsrt {
namespace {

constexpr int lanes = TSRT_LANES;
constexpr int panel_vectors = 4;
constexpr int panel_width = panel_vectors * lanes;
constexpr int max_rows = TSRT_ROWS;

typedef float Vector __attribute__((vector_size(4 * lanes)));
typedef uint32_t Bits __attribute__((vector_size(4 * lanes)));
typedef float Unaligned __attribute__((vector_size(4 * lanes), aligned(4), may_alias));

Vector load(const float* from) {
  return *reinterpret_cast<const Unaligned*>(from);
}
void store(float* to, Vector v) {
  *reinterpret_cast<Unaligned*>(to) = v;
}

Vector load_first(const float* from, int64_t n) {
  if (n >= lanes) return load(from);
  float some[lanes] = {};
  for (int64_t i = 0; i < n; ++i) some[i] = from[i];
  return load(some);
}

void store_first(float* to, Vector v, int64_t n) {
  if (n >= lanes) return store(to, v);
  float some[lanes];
  store(some, v);
  for (int64_t i = 0; i < n; ++i) to[i] = some[i];
}

Vector splat(float value) {
  return value - Vector{};
}

// These let NaN through, as torch's do.
Vector at_least(Vector v, float low) {
  return v < low ? splat(low) : v;
}
Vector at_most(Vector v, float high) {
  return v > high ? splat(high) : v;
}

// e^x - 1 for -88 <= x <= 88. With x = n ln 2 + r it is 2^n (e^r - 1) + (2^n - 1), of which neither
// part loses digits near 0.
Vector expm1(Vector x) {
  constexpr float rounding = 12582912;  // 1.5 * 2^23: a sum has n in its last bits
  const Vector sum = x * 1.44269504f + rounding;
  const Vector n = sum - rounding;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector series = splat(1 / 5040.f);
  series = series * r + 1 / 720.f;
  series = series * r + 1 / 120.f;
  series = series * r + 1 / 24.f;
  series = series * r + 1 / 6.f;
  series = series * r + 1 / 2.f;
  series = series * (r * r) + r;
  const Vector power = reinterpret_cast<Vector>((reinterpret_cast<Bits>(sum) << 23) + 0x3f800000u);
  return power * series + (power - 1);
}

Vector sigmoid(Vector x) {
  return 1 / (2 + expm1(at_most(at_least(-x, -88), 88)));
}

Vector tanh(Vector x) {
  const Vector e = expm1(at_most(at_least(2 * x, -20), 20));
  return e / (e + 2);
}

// Abramowitz and Stegun 7.1.26: an error of 1.5e-7 at most.
Vector erf(Vector x) {
  const Vector z = at_most(x < 0 ? -x : x, 9);
  const Vector t = 1 / (1 + 0.3275911f * z);
  Vector p = splat(1.061405429f);
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const Vector result = 1 - p * t * (1 + expm1(-z * z));
  return x < 0 ? -result : result;
}

Vector gelu(Vector x) {
  return 0.5f * x * (1 + erf(x * 0.70710678f));
}

Vector gelu_tanh(Vector x) {
  return 0.5f * x * (1 + tanh(0.79788456f * (x + 0.044715f * x * x * x)));
}

Vector activated(Activation activation, Vector v) {
  switch (activation) {
    case Activation::none:
      return v;
    case Activation::relu:
      return at_least(v, 0);
    case Activation::tanh:
      return tanh(v);
    case Activation::sigmoid:
      return sigmoid(v);
    case Activation::gelu:
      return gelu(v);
    case Activation::gelu_tanh:
      return gelu_tanh(v);
  }
  return v;
}

template <int vectors, int rows>
struct Sums {
  Vector of[rows][vectors];
};

// Where the factors of the weights are: `outer` times `inner` of them for each row.
struct Factors {
  const float* first;
  int64_t outer, outer_step;
  int64_t inner, inner_step;
  int64_t row_step;
};

template <int vectors, int rows>
void add_product(Sums<vectors, rows>& sums, const float* x, int64_t row_step, const float* weight) {
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v) sums.of[r][v] += x[r * row_step] * load(weight + v * lanes);
  }
}

// Adds the weighted sums of one panel. One addition takes as long as eight others can start, so
// few sums are taken in `parts`.
template <int vectors, int rows>
void accumulate(Sums<vectors, rows>& sums, const Factors& x, const float* weight) {
  constexpr int parts = vectors * rows >= 8 ? 1 : vectors * rows >= 4 ? 2 : 4;
  constexpr int width = vectors * lanes;
  Sums<vectors, rows> part[parts] = {};
  for (int64_t o = 0; o < x.outer; ++o) {
    const float* from = x.first + o * x.outer_step;
    int64_t i = 0;
    for (; i + parts <= x.inner; i += parts) {
      for (int p = 0; p < parts; ++p)
        add_product(part[p], from + p * x.inner_step, x.row_step, weight + p * width);
      from += parts * x.inner_step;
      weight += parts * width;
    }
    for (; i < x.inner; ++i, from += x.inner_step, weight += width)
      add_product(part[0], from, x.row_step, weight);
  }
  for (int p = 0; p < parts; ++p) {
    for (int r = 0; r < rows; ++r) {
      for (int v = 0; v < vectors; ++v) sums.of[r][v] += part[p].of[r][v];
    }
  }
}

// Where a tile of outputs goes. In a Linear those of a row are neighbours, in a Conv1d those of a
// channel.
struct Target {
  float* first;
  int64_t row_step, output_step;
  int64_t outputs;
};

template <int vectors, int rows>
void put(const Sums<vectors, rows>& sums, const Target& to) {
  for (int r = 0; r < rows; ++r) {
    float* row = to.first + r * to.row_step;
    if (to.output_step == 1) {
      for (int v = 0; v < vectors; ++v)
        store_first(row + v * lanes, sums.of[r][v], to.outputs - v * lanes);
    } else {
      float some[vectors * lanes];
      for (int v = 0; v < vectors; ++v) store(some + v * lanes, sums.of[r][v]);
      for (int64_t i = 0; i < to.outputs; ++i) row[i * to.output_step] = some[i];
    }
  }
}

template <int vectors, int rows>
void tile(const Factors& x, const float* bias, const float* weight, bool relu, const Target& to) {
  Sums<vectors, rows> sums;
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v) sums.of[r][v] = load(bias + v * lanes);
  }
  accumulate(sums, x, weight);
  if (relu) {
    for (int r = 0; r < rows; ++r) {
      for (int v = 0; v < vectors; ++v) sums.of[r][v] = at_least(sums.of[r][v], 0);
    }
  }
  put(sums, to);
}

template <int vectors>
void tile_of(int64_t rows, const Factors& x, const float* bias, const float* weight, bool relu,
             const Target& to) {
  switch (rows) {
    case 1:
      return tile<vectors, 1>(x, bias, weight, relu, to);
    case 2:
      return tile<vectors, 2>(x, bias, weight, relu, to);
    case 3:
      return tile<vectors, 3>(x, bias, weight, relu, to);
#if TSRT_ROWS > 3
    case 4:
      return tile<vectors, 4>(x, bias, weight, relu, to);
    case 5:
      return tile<vectors, 5>(x, bias, weight, relu, to);
    case 6:
      return tile<vectors, 6>(x, bias, weight, relu, to);
#endif
  }
}

void any_tile(int64_t vectors, int64_t rows, const Factors& x, const float* bias,
              const float* weight, bool relu, const Target& to) {
  switch (vectors) {
    case 1:
      return tile_of<1>(rows, x, bias, weight, relu, to);
    case 2:
      return tile_of<2>(rows, x, bias, weight, relu, to);
    case 3:
      return tile_of<3>(rows, x, bias, weight, relu, to);
    default:
      return tile_of<4>(rows, x, bias, weight, relu, to);
  }
}

int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}
int64_t vectors_for(int64_t outputs) {
  return (outputs + lanes - 1) / lanes;
}

void activate(Activation activation, float* values, int64_t n) {
  if (activation == Activation::none) return;
  for (int64_t i = 0; i < n; i += lanes)
    store_first(values + i, activated(activation, load_first(values + i, n - i)), n - i);
}

void linear(const Linear& op, const float* x, int64_t rows, float* y) {
  const float* weight = op.packed + vectors_for(op.out) * lanes;
  const bool relu = op.activation == Activation::relu;
  for (int64_t output = 0; output < op.out; output += panel_width) {
    const int64_t outputs = least(panel_width, op.out - output);
    const int64_t vectors = vectors_for(outputs);
    for (int64_t row = 0; row < rows; row += max_rows) {
      any_tile(vectors, least(max_rows, rows - row), {x + row * op.in, 1, 0, op.in, 1, op.in},
               op.packed + output, weight, relu, {y + row * op.out + output, op.out, 1, outputs});
    }
    weight += op.in * vectors * lanes;
  }
  if (!relu) activate(op.activation, y, rows * op.out);
}

const float* pad(const Conv1d& op, const float* x, int64_t length, float* padded) {
  if (op.padding == 0) return x;
  float* to = padded;
  for (int64_t channel = 0; channel < op.in; ++channel) {
    for (int64_t i = 0; i < op.padding; ++i) *to++ = 0;
    for (int64_t i = 0; i < length; ++i) *to++ = *x++;
    for (int64_t i = 0; i < op.padding; ++i) *to++ = 0;
  }
  return padded;
}

struct Range {
  int64_t begin, end;
};

// The taps that meet more than padding in the outputs from `first` to `last`.
Range useful_taps(const Conv1d& op, int64_t length, int64_t first, int64_t last) {
  Range taps{0, op.taps};
  while (taps.begin < op.taps && last * op.stride + taps.begin * op.dilation < op.padding)
    ++taps.begin;
  while (taps.end > taps.begin &&
         first * op.stride + (taps.end - 1) * op.dilation >= op.padding + length)
    --taps.end;
  return taps;
}

void conv1d(const Conv1d& op, const float* x, int64_t length, float* padded, float* y) {
  x = pad(op, x, length, padded);
  const int64_t channel = length + 2 * op.padding;
  const int64_t positions = op.output_length(length);
  const float* weight = op.packed + vectors_for(op.out) * lanes;
  const bool relu = op.activation == Activation::relu;
  for (int64_t output = 0; output < op.out; output += panel_width) {
    const int64_t outputs = least(panel_width, op.out - output);
    const int64_t vectors = vectors_for(outputs);
    for (int64_t position = 0; position < positions; position += max_rows) {
      const int64_t rows = least(max_rows, positions - position);
      const float* from = x + position * op.stride;
      const Target to{y + output * positions + position, 1, positions, outputs};
      if (op.taps_outside()) {
        const Range taps = useful_taps(op, length, position, position + rows - 1);
        any_tile(vectors, rows,
                 {from + taps.begin * op.dilation, taps.end - taps.begin, op.dilation, op.in,
                  channel, op.stride},
                 op.packed + output, weight + taps.begin * op.in * vectors * lanes, relu, to);
      } else {
        any_tile(vectors, rows, {from, op.in, channel, op.taps, op.dilation, op.stride},
                 op.packed + output, weight, relu, to);
      }
    }
    weight += op.in * op.taps * vectors * lanes;
  }
  if (!relu) activate(op.activation, y, op.out * positions);
}

// `units` units of `rows` rows, whose four gates are the four vectors of a panel.
template <int rows>
void lstm_tile(const float* weight, int64_t hidden, const float* gates, int64_t gate_step,
               const float* h, const float* c, int64_t units, float* h_out, float* c_out) {
  Sums<4, rows> sums;
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < 4; ++v) sums.of[r][v] = load(gates + r * gate_step + v * lanes);
  }
  accumulate(sums, {h, 1, 0, hidden, 1, hidden}, weight);
  for (int r = 0; r < rows; ++r) {
    const Vector in = sigmoid(sums.of[r][0]), forget = sigmoid(sums.of[r][1]);
    const Vector cell = tanh(sums.of[r][2]), out = sigmoid(sums.of[r][3]);
    const Vector next = forget * load_first(c + r * hidden, units) + in * cell;
    store_first(c_out + r * hidden, next, units);
    store_first(h_out + r * hidden, out * tanh(next), units);
  }
}

void lstm_step(const LstmStep& op, const float* gates, const float* h, const float* c, int64_t rows,
               float* h_out, float* c_out) {
  const int64_t blocks = vectors_for(op.hidden);
  const int64_t gate_step = blocks * panel_width;
  const float* weight = op.packed + gate_step;
  for (int64_t block = 0; block < blocks; ++block, weight += op.hidden * panel_width) {
    const int64_t unit = block * lanes;
    for (int64_t row = 0; row < rows;) {
      const int64_t at = row * op.hidden + unit;
      const auto tile = rows - row >= 3 ? lstm_tile<3> : lstm_tile<1>;
      tile(weight, op.hidden, gates + row * gate_step + block * panel_width, gate_step,
           h + row * op.hidden, c + at, op.hidden - unit, h_out + at, c_out + at);
      row += rows - row >= 3 ? 3 : 1;
    }
  }
}

}  // namespace

extern const Kernels TSRT_KERNELS;
const Kernels TSRT_KERNELS = {TSRT_NAME, lanes, linear, conv1d, lstm_step, activate};

}  // namespace tsrt
