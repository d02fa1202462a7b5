#pragma once

namespace tsrt {

// LibTorch keeps its C++ ABI within a minor version only, so a library built against another one
// is refused before it can misbehave.
void check_torch_version();

}  // namespace tsrt
