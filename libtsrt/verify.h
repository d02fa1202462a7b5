// Whether an archive is what was written: LibTorch's reader checks no sums, so that a flipped bit
// in a weight loads without a word.
#pragma once

#include <memory>
#include <string>

#include "bytes.h"

namespace tsrt {

// Fails with TSRT_NOT_A_MODEL, naming the records that are damaged; `detail` goes with the error.
void verify(const std::shared_ptr<Bytes>& bytes, const std::string& detail);

}  // namespace tsrt
