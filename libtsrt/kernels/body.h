// The kernels, in the vector extensions of gcc and clang. Compiled once for each instruction set by
// a file that defines TSRT_LANES (floats in a vector), TSRT_ROWS (rows that are worked on at once:
// four accumulators each have to fit the registers), TSRT_KERNELS and TSRT_NAME.
//
// Nothing here may be shared between object files: the linker might keep the copy that only newer
// processors can run. So all is in an unnamed namespace, and no header with templates is read.
#include "kernels/vector.h"

namespace tsrt {
namespace {

constexpr int panel_vectors = 4;
constexpr int panel_width = panel_vectors * lanes;
constexpr int max_rows = TSRT_ROWS;
constexpr int part_positions = 24;  // of a convolution: a multiple of max_rows

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

// Where a tile of outputs goes: `outputs` of them in each row.
struct Target {
  float* first;
  int64_t row_step, outputs;
};

template <int vectors, int rows>
void put(const Sums<vectors, rows>& sums, const Target& to) {
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v)
      store_first(to.first + r * to.row_step + v * lanes, sums.of[r][v], to.outputs - v * lanes);
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
               op.packed + output, weight, relu, {y + row * op.out + output, op.out, outputs});
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

// A part of a convolution: one panel of weights, and positions from `first` up to `end`.
struct Part {
  const float *bias, *weight;
  int64_t outputs;
  int64_t first, end;
};

void conv1d_tile(const Conv1d& op, const Part& part, const float* x, int64_t length, float* to) {
  const int64_t channel = length + 2 * op.padding;
  const int64_t vectors = vectors_for(part.outputs);
  const int64_t rows = part.end - part.first;
  const bool relu = op.activation == Activation::relu;
  const float* from = x + part.first * op.stride;
  const Target target{to, panel_width, part.outputs};
  if (op.taps_outside()) {
    const Range taps = useful_taps(op, length, part.first, part.end - 1);
    const Factors factors{from + taps.begin * op.dilation,
                          taps.end - taps.begin,
                          op.dilation,
                          op.in,
                          channel,
                          op.stride};
    const float* weight = part.weight + taps.begin * op.in * vectors * lanes;
    any_tile(vectors, rows, factors, part.bias, weight, relu, target);
  } else {
    const Factors factors{from, op.in, channel, op.taps, op.dilation, op.stride};
    any_tile(vectors, rows, factors, part.bias, part.weight, relu, target);
  }
}

// Tiles have the outputs of a position side by side, y has the positions of an output. Several
// tiles are turned at once, so that whole cache lines are written.
void conv1d_part(const Conv1d& op, const Part& part, const float* x, int64_t length, float* y,
                 int64_t positions) {
  float tiles[part_positions][panel_width];
  for (int64_t first = part.first; first < part.end; first += max_rows) {
    Part tile = part;
    tile.first = first;
    tile.end = least(first + max_rows, part.end);
    conv1d_tile(op, tile, x, length, tiles[first - part.first]);
  }
  for (int64_t output = 0; output < part.outputs; ++output, y += positions) {
    for (int64_t position = part.first; position < part.end; ++position)
      y[position] = tiles[position - part.first][output];
  }
}

void conv1d(const Conv1d& op, const float* x, int64_t length, float* padded, float* y) {
  x = pad(op, x, length, padded);
  const int64_t positions = op.output_length(length);
  Part part{op.packed, op.packed + vectors_for(op.out) * lanes, 0, 0, 0};
  for (int64_t output = 0; output < op.out; output += panel_width) {
    part.outputs = least(panel_width, op.out - output);
    for (part.first = 0; part.first < positions; part.first = part.end) {
      part.end = least(part.first + part_positions, positions);
      conv1d_part(op, part, x, length, y + output * positions, positions);
    }
    part.bias += panel_width;
    part.weight += op.in * op.taps * vectors_for(part.outputs) * lanes;
  }
  if (op.activation != Activation::relu) activate(op.activation, y, op.out * positions);
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
      const bool many = rows - row >= max_rows;
      const auto tile = many ? lstm_tile<max_rows> : lstm_tile<1>;
      tile(weight, op.hidden, gates + row * gate_step + block * panel_width, gate_step,
           h + row * op.hidden, c + at, op.hidden - unit, h_out + at, c_out + at);
      row += many ? max_rows : 1;
    }
  }
}

}  // namespace

extern const Kernels TSRT_KERNELS;
const Kernels TSRT_KERNELS = {TSRT_NAME, lanes, linear, conv1d, lstm_step, activate};

}  // namespace tsrt
