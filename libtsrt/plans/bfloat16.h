// Reduced precision, for those who ask for it.
#pragma once

#include "plans/freeze.h"

namespace tsrt {

// Linear layers and convolutions compute in bfloat16, and what stands between them. Results keep
// their types. Returns whether there was anything to do. Other plans can follow.
bool to_bfloat16(GraphPtr& graph);

}  // namespace tsrt
