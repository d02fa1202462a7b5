// tsrt_value: an IValue with a handle around it.
#pragma once

#include <ATen/core/ivalue.h>

#include "guard.h"

// Containers made by the caller hold their items untyped; the method's signature types them.
struct tsrt_value : tsrt::Counted {
  tsrt_value(c10::IValue value, int depth) : value(std::move(value)), depth(depth) {}

  c10::IValue value;
  int depth;  // how deep the containers nest; bounded, since much of LibTorch recurses over them
};

namespace tsrt {

constexpr int max_depth = 64;

// A handle to what a method returned.
tsrt_value* new_value(c10::IValue value);

// "int", "Tensor", "List[...]": what a value is, for an error.
std::string kind_name(const c10::IValue& value);

}  // namespace tsrt
