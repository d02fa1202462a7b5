// What a call has given back, for the next calls of this thread: tensors over the caller's memory,
// since making one costs more than a small model (what they point to is stale and never looked at),
// and the memory of the interpreter's stack.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/stack.h>

namespace tsrt {

// One to be pointed at other memory, or an undefined tensor.
at::Tensor take_spare(at::ScalarType type, c10::Device device);

// For one that nothing else refers to.
void give_back(at::Tensor tensor);

// An empty one.
torch::jit::Stack take_stack();
void give_back(torch::jit::Stack stack);

}  // namespace tsrt
