// Whether compiled code does only what is harmless: with types and overloads known, there is
// nothing left to guess.
#pragma once

#include <torch/csrc/jit/api/compilation_unit.h>

#include "trust/findings.h"

namespace tsrt {

// Looks through every function that the unit has.
void check_graphs(const torch::jit::CompilationUnit& unit, Findings& findings);

// Whether values of this type can be held to it: false for what refers to the outside (futures,
// streams, classes in C++).
bool is_plain_type(const c10::TypePtr& type);

}  // namespace tsrt
