// Arguments that LibTorch's operators do not check and then go astray with, found by trying.
#pragma once

#include <torch/csrc/jit/api/compilation_unit.h>

namespace tsrt {

// Puts a check before each operator that needs one, in every function of the unit. The checks fail
// with a sentence; they pass on the value that they looked at, so that results stay the same.
void add_guards(const torch::jit::CompilationUnit& unit);

}  // namespace tsrt
