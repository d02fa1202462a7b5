// The checksum of zip archives (CRC-32, polynomial 0xedb88320).
#pragma once

#include <cstddef>
#include <cstdint>

namespace tsrt {

// `crc` is the checksum of what came before, 0 at the start.
uint32_t crc32(uint32_t crc, const void* data, size_t size);

}  // namespace tsrt
