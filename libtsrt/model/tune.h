// Finds the plan by which a method runs fastest.
#pragma once

#include <string>
#include <vector>

#include "model/model.h"
#include "options.h"
#include "values/arguments.h"

namespace tsrt {

// Runs the method on the examples, in copies of the model, by each plan there is; the model then
// runs by the fastest whose results are right. What was tried comes back as JSON.
std::string tune(const tsrt_model& model, const std::string& method,
                 const std::vector<Arguments>& examples, const TuneOptions& options);

}  // namespace tsrt
