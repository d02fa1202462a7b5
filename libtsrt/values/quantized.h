// Quantized tensors: integers, and what they stand for.
#pragma once

#include <ATen/core/Tensor.h>

#include "guard.h"

namespace tsrt {

// A tensor of LibTorch's own from the caller's integers (int8, uint8, int32), scales and zero
// points: one each, or one for each index along `axis`. Everything is copied.
at::Tensor quantized(const tsrt_tensor& integers, const tsrt_tensor& scales,
                     const tsrt_tensor& zero_points, int32_t axis);

// Is it quantized in a way that integers, scales and zero points express?
bool is_affine(const at::Tensor& tensor);

struct Quantization {
  at::Tensor scales;       // float64
  at::Tensor zero_points;  // int64
  int32_t axis;            // -1 when the whole tensor has one of each
};
Quantization quantization_of(const at::Tensor& tensor);

}  // namespace tsrt
