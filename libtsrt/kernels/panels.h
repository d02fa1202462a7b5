// The matrix product of few rows with a weight that lies in panels of columns.
#pragma once

#include <cstdint>

namespace tsrt {

constexpr int64_t panel_width = 64;

// This processor has what multiply_panels is compiled for.
bool has_panels();

// `weight` is rows of `columns` x `depth`; `panels` gets as many floats, from an address aligned
// to 64.
void make_panels(const float* weight, int64_t columns, int64_t depth, float* panels);

// y = x * weight^T + bias (+ other). Everything is dense; bias and other may be null.
void multiply_panels(const float* x, const float* panels, const float* bias, const float* other,
                     float* y, int64_t rows, int64_t columns, int64_t depth);

}  // namespace tsrt
