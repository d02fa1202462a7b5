// Values on their way out of a model.
#pragma once

#include <ATen/core/ivalue.h>

namespace tsrt {

// The result of a method, sharing no memory, container or object with the model or its inputs
// (objects of C++ classes are shared, nobody else can copy them); on the host if so wished, else
// each tensor where the model left it.
c10::IValue release(c10::IValue value, bool to_host);

// An attribute as it is now: containers and objects are copies, tensors share the model's memory.
c10::IValue look_at(c10::IValue value);

}  // namespace tsrt
