// Values on their way into a model: typed by what it wants.
#pragma once

#include <ATen/core/ivalue.h>

#include <optional>
#include <string>

#include "tensor/tensor.h"

namespace tsrt {

// The value as the type wants it, with its tensors lent to the model on its device, or nothing if
// it does not fit. `mismatch` then tells why: "['a'][0] is an int and has to be Tensor".
std::optional<c10::IValue> convert(const c10::IValue& value, const c10::TypePtr& type,
                                   c10::Device device, bool copied, Loans& loans,
                                   std::string& mismatch);

}  // namespace tsrt
