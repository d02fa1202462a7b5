// How far two results are apart.
#pragma once

#include <ATen/core/ivalue.h>

#include <optional>

namespace tsrt {

// The largest difference of two numbers in a tensor relative to the largest number in the exact
// tensor, and of all tensors and numbers in the results the largest. None when they differ in
// anything else: kind, shape, dtype, whole numbers, texts, where infinities and NaNs are.
std::optional<double> difference(const c10::IValue& exact, const c10::IValue& other);

}  // namespace tsrt
