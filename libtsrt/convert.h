// Values in and out of a method: typed by its signature on the way in, made independent of the
// model on the way out.
#pragma once

#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

#include <optional>
#include <vector>

#include "analysis.h"
#include "tensor.h"

namespace tsrt {

// A method's arguments as the caller gave them.
struct Arguments {
  std::vector<c10::IValue> positional;
  std::vector<std::pair<std::string, c10::IValue>> named;
};

// Appends one value for each argument of the schema after `self`: converted, defaults filled in,
// tensors lent. Errors name the method, the argument, what it is and what is wanted.
void bind_arguments(const c10::FunctionSchema& schema, const Effects& effects, c10::Device device,
                    const Arguments& arguments, Loans& loans, torch::jit::Stack& stack);

// The result of a method, sharing no memory and no container with the model or its inputs; on the
// host if so wished, else each tensor where the model left it.
c10::IValue release(c10::IValue value, bool to_host);

// What a return type is as a row of tensors.
struct Outputs {
  enum Kind { tensor, tuple, list, value } kind;
  std::optional<size_t> count;  // where the type tells
};
Outputs outputs_of(const c10::TypePtr& type);

// "forward(Tensor x, int sr=16000)": for errors.
std::string signature(const c10::FunctionSchema& schema);

}  // namespace tsrt
