// The lines of the original Python code that an archive carries along, from which LibTorch tells
// where an error arose. It reads them only then, and trusts each number in them.
#pragma once

#include "files/pickle.h"

namespace tsrt {

// Throws BadPickle: when a number leads out of the table of texts, or out of a text.
void check_debug_info(const Pickle& pickle);

}  // namespace tsrt
