// Operators of our own around those of oneDNN that take a weight in oneDNN's own layout.
#pragma once

#include <ATen/core/symbol.h>

namespace tsrt {

// (input, packed weight, bias, activation, scalars, algorithm) -> output
c10::Symbol packed_linear();
// (input, other, packed weight, bias, "add") -> output
c10::Symbol packed_linear_add();
// (input, packed weight, bias, padding, stride, dilation, groups, activation, scalars, algorithm)
c10::Symbol packed_convolution();
// (input, other, packed weight, bias, padding, stride, dilation, groups, "add", alpha, activation,
//  scalars, algorithm)
c10::Symbol packed_convolution_add();

}  // namespace tsrt
