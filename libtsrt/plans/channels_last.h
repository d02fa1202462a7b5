// Keeps images in the layout that oneDNN's convolutions answer in.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

namespace tsrt {

// Puts aten::contiguous where the layout would show.
void keep_layouts(torch::jit::Block* block);

}  // namespace tsrt
