// Running a method: arguments in, interpreter, results out.
#pragma once

#include "model/call.h"
#include "values/arguments.h"
#include "values/value.h"

namespace tsrt {

// Runs a method of a model, or of an object that it made, on any values.
tsrt_value* run_on_values(const Call& call, const Origin& origin, const Arguments& arguments);

}  // namespace tsrt
