// Whether a pickle is one that LibTorch can be given. LibTorch's reader trusts what it reads: a key
// without a value, a name without an end or a huge memo index have it read beyond its memory, run
// for ever or fill the machine, and values nested without end overflow the stack when they are
// freed.
#pragma once

#include <string_view>

namespace tsrt {

// Throws BadPickle. One pass over the instructions, without a limit to their number; builds
// nothing.
void check_well_formed(std::string_view pickle);

}  // namespace tsrt
