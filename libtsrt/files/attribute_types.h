// Whether what is in an object is of the types that its class declares. LibTorch puts in whatever
// the pickle has, and its interpreter finds attributes by the number that the declared class gives
// them: in an object of another class it would read beyond its memory.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>

namespace tsrt {

// The name of a class and its attribute that is not, as a phrase; mostly empty.
std::string mistyped_attribute(const torch::jit::Module& module);

}  // namespace tsrt
