// How deep code is nested, found without recursion. LibTorch's lexer, its parser, and the end of
// the tree that the parser makes all recurse as deep as the text that they are given wants.
#pragma once

#include <torch/csrc/jit/frontend/source_range.h>

#include <memory>

namespace tsrt {

// Whether code is nested so deep that no model was ever saved so. Throws what LibTorch's lexer
// throws for what is no code.
bool too_deep(const std::shared_ptr<torch::jit::Source>& source);

}  // namespace tsrt
