// What belongs to the whole process: random numbers, the quantized engine, what models print.
#pragma once

namespace tsrt {

// LibTorch prints to the standard output, which belongs to the host. The first call makes it the
// standard error output, unless somebody has chosen another place already.
void keep_off_standard_output();

}  // namespace tsrt
