// Running a method: arguments in, interpreter, results out.
#pragma once

#include "arguments.h"
#include "call.h"
#include "value.h"

namespace tsrt {

// Runs a method of a model, or of an object that it made, on any values.
tsrt_value* run_on_values(const Call& call, const Origin& origin, const Arguments& arguments);

}  // namespace tsrt
