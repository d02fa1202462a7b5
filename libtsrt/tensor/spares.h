// Tensors over the caller's memory that a call has given back, for the next calls of this thread:
// making one costs more than a small model. What they point to is stale and never looked at.
#pragma once

#include <ATen/core/Tensor.h>

namespace tsrt {

// One to be pointed at other memory, or an undefined tensor.
at::Tensor take_spare(at::ScalarType type, c10::Device device);

// For one that nothing else refers to.
void give_back(at::Tensor tensor);

}  // namespace tsrt
