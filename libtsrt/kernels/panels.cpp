// With few rows the weight comes from the last cache or from memory, once, and general products
// wait for it between their blocks. Here the rows of one panel are worked on while the next is
// fetched, a part by each block of rows. 36 layers of 384 and 1536 with 32 rows, all in huge pages:
// 6.1 ms, against 7.3 with aten on transposed weights; with 64 rows 9.7 against 10.4. (As models
// have their weights, in ordinary pages, aten took 9.6 with 32 rows.)
#include "kernels/panels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TSRT_AVX512 __attribute__((target("avx512f")))

namespace tsrt {
namespace {

constexpr int64_t line = 64;       // bytes of a cache line
constexpr int64_t block_rows = 6;  // with four vectors each they fill the registers
constexpr int vectors = 4;         // in the width of a panel

struct Block {
  const float* x;
  const float* panel;
  const float* bias;
  const float* other;
  float* y;
  int64_t columns, depth;
  const char* fetch;   // the first line of the next panel's part
  int64_t fetch_step;  // bytes for each step in depth
};

// Unrolled, so that the sums stay in registers at any level of optimization.
template <int rows>
TSRT_AVX512 void multiply(const Block& block) {
  __m512 sum[rows][vectors];
#pragma GCC unroll 6
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      sum[r][v] = block.bias ? _mm512_loadu_ps(block.bias + 16 * v) : _mm512_setzero_ps();
      if (block.other) {
        sum[r][v] =
            _mm512_add_ps(sum[r][v], _mm512_loadu_ps(block.other + r * block.columns + 16 * v));
      }
    }
  }
  const char* fetch = block.fetch;
  for (int64_t k = 0; k < block.depth; ++k) {
    const float* weight = block.panel + k * panel_width;
    _mm_prefetch(fetch, _MM_HINT_T1);
    fetch += block.fetch_step;
    __m512 w[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) w[v] = _mm512_load_ps(weight + 16 * v);
#pragma GCC unroll 6
    for (int r = 0; r < rows; ++r) {
      const __m512 x = _mm512_set1_ps(block.x[r * block.depth + k]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sum[r][v] = _mm512_fmadd_ps(x, w[v], sum[r][v]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
      _mm512_storeu_ps(block.y + r * block.columns + 16 * v, sum[r][v]);
}

void multiply(const Block& block, int64_t rows) {
  static constexpr void (*by_rows[])(const Block&) = {multiply<1>, multiply<2>, multiply<3>,
                                                      multiply<4>, multiply<5>, multiply<6>};
  by_rows[rows - 1](block);
}

}  // namespace

bool has_panels() {
  return __builtin_cpu_supports("avx512f");
}

void multiply_panels(const float* x, const float* panels, const float* bias, const float* other,
                     float* y, int64_t rows, int64_t columns, int64_t depth) {
  const int64_t blocks = (rows + block_rows - 1) / block_rows;
  const int64_t lines = (panel_width * 4 / line + blocks - 1) / blocks;  // for each step in depth
  for (int64_t column = 0; column < columns; column += panel_width) {
    const float* panel = panels + column * depth;
    const char* next = reinterpret_cast<const char*>(panel + panel_width * depth);
    for (int64_t row = 0, part = 0; row < rows; row += block_rows, ++part) {
      multiply({x + row * depth, panel, bias ? bias + column : nullptr,
                other ? other + row * columns + column : nullptr, y + row * columns + column,
                columns, depth, next + part * lines * depth * line, lines * line},
               rows - row < block_rows ? rows - row : block_rows);
    }
  }
}

}  // namespace tsrt

#else

namespace tsrt {

bool has_panels() {
  return false;
}

void multiply_panels(const float*, const float*, const float*, const float*, float*, int64_t,
                     int64_t, int64_t) {}

}  // namespace tsrt

#endif

namespace tsrt {

void make_panels(const float* weight, int64_t columns, int64_t depth, float* panels) {
  for (int64_t column = 0; column < columns; ++column) {
    float* to = panels + column / panel_width * panel_width * depth + column % panel_width;
    for (int64_t k = 0; k < depth; ++k) to[k * panel_width] = weight[column * depth + k];
  }
}

}  // namespace tsrt
