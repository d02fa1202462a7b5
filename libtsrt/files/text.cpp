#include "files/text.h"

#include <algorithm>
#include <cstdio>

namespace tsrt {
namespace {

// Length of the UTF-8 character that `text` begins with, 0 when it is none.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t n = byte(0) < 0x80   ? 1
                   : byte(0) < 0xc2 ? 0
                   : byte(0) < 0xe0 ? 2
                   : byte(0) < 0xf0 ? 3
                   : byte(0) < 0xf5 ? 4
                                    : 0;
  if (n == 0 || n > text.size()) return 0;
  for (size_t i = 1; i < n; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  if ((byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xed && byte(1) > 0x9f) ||
      (byte(0) == 0xf0 && byte(1) < 0x90) || (byte(0) == 0xf4 && byte(1) > 0x8f))
    return 0;
  return n;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const size_t n = utf8_length(text);
    if (n == 0) {
      clean += "\xef\xbf\xbd";  // the character that stands for what is none
    } else if (static_cast<unsigned char>(text[0]) < ' ' || text[0] == 0x7f) {
      clean += ' ';
    } else {
      clean += text.substr(0, n);
    }
    text.remove_prefix(std::max<size_t>(n, 1));
  }
  return clean;
}

std::string display_size(uint64_t bytes) {
  static constexpr struct {
    double unit;
    const char* name;
  } units[] = {{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}};
  for (const auto& each : units) {
    if (static_cast<double>(bytes) < each.unit) continue;
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %s", static_cast<double>(bytes) / each.unit, each.name);
    return text;
  }
  return std::to_string(bytes) + " bytes";
}

}  // namespace tsrt
