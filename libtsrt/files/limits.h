// How much an archive may have, whoever wrote it. Room for ten times the biggest model that we know
// of, and little enough that a crafted archive of a megabyte does not fill the memory. Stored
// weights have no limit but the file's own size.
#pragma once

#include <cstdint>

namespace tsrt {

constexpr uint64_t max_records = 4'000'000;
constexpr uint64_t max_record_name = 4096;               // bytes
constexpr uint64_t max_extra_files = uint64_t(1) << 30;  // bytes of all together

// What is compressed may inflate to this much, and to this many times what it takes in the file:
// deflate reaches 1000, real weights 2, and a buffer of zeros in an archive that was compressed
// later stays below the first.
constexpr uint64_t max_inflated = uint64_t(1) << 30;
constexpr uint64_t max_inflated_ratio = 100;

}  // namespace tsrt
