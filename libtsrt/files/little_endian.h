// Numbers as file formats write them, lowest byte first. The caller has checked the bounds.
#pragma once

#include <cstdint>
#include <string_view>

namespace tsrt {

inline uint64_t little_endian(std::string_view text, size_t at, size_t bytes) {
  uint64_t number = 0;
  for (size_t i = bytes; i-- > 0;) number = number << 8 | static_cast<unsigned char>(text[at + i]);
  return number;
}
inline uint16_t u16(std::string_view text, size_t at) {
  return static_cast<uint16_t>(little_endian(text, at, 2));
}
inline uint32_t u32(std::string_view text, size_t at) {
  return static_cast<uint32_t>(little_endian(text, at, 4));
}
inline uint64_t u64(std::string_view text, size_t at) {
  return little_endian(text, at, 8);
}

}  // namespace tsrt
