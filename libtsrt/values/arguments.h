// What a method is called with, and what its signature makes of that.
#pragma once

#include <ATen/core/function_schema.h>
#include <ATen/core/stack.h>

#include <optional>
#include <string>
#include <vector>

#include "model/analysis.h"
#include "tensor/tensor.h"
#include "values/value.h"

namespace tsrt {

// A method's arguments as the caller gave them.
struct Arguments {
  std::vector<c10::IValue> positional;
  std::vector<std::pair<std::string, c10::IValue>> named;
};

// The value itself, or a copy when objects in it are of another model than `context`'s: no two
// models share one.
c10::IValue admit(const tsrt_value& value, const Context* context);

// From a tuple or list, and a dict; NULL for none.
Arguments arguments_of(const tsrt_value* args, const tsrt_value* kwargs, const Context* context);

// Appends one value for each argument of the schema after `self`: converted, defaults filled in,
// tensors lent. Errors name the method, the argument, what it is and what is wanted.
void bind_arguments(const c10::FunctionSchema& schema, const Effects& effects, c10::Device device,
                    const Arguments& arguments, Loans& loans, std::vector<c10::IValue>& stack);

// What a return type is as a row of tensors.
struct Outputs {
  enum Kind { tensor, tuple, list, value } kind;
  std::optional<size_t> count;  // where the type tells
};
Outputs outputs_of(const c10::TypePtr& type);

// "forward(x: Tensor, sr: int = 16000)": for errors.
std::string signature(const c10::FunctionSchema& schema);

}  // namespace tsrt
