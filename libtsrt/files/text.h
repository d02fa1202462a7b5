// Words for messages and documents.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tsrt {

// A name from a file, made fit to be shown: valid UTF-8 without control characters.
std::string printable(std::string_view text);

// "44.7 MB"
std::string display_size(uint64_t bytes);

// "a, b, c and 12 more": at most `most` of them.
template <class Names>
std::string enumerate(const Names& names, size_t most = 20) {
  std::string text;
  size_t n = 0;
  for (const auto& name : names) {
    if (n++ < most) (text += n == 1 ? "" : ", ") += printable(name);
  }
  if (n > most) text += " and " + std::to_string(n - most) + " more";
  return text;
}

}  // namespace tsrt
