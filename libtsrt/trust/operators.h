// The operators that a file may use when it is loaded with trust=restricted.
#pragma once

#include <ATen/core/function_schema.h>

#include <string>
#include <string_view>

namespace tsrt {

// "aten::add": whether calls of it may be in the code.
bool is_trusted_operator(std::string_view name);

// The same for one overload: some have arguments that others do not have.
bool is_trusted_overload(const c10::FunctionSchema& schema);

// The list, as a JSON array of {topic, why, operators}.
std::string trusted_operators_json();

}  // namespace tsrt
