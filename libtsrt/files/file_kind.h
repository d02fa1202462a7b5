// What a file is, from how it begins or from the names of its records.
#pragma once

#include <string>
#include <string_view>

#include "files/records.h"

namespace tsrt {

struct FileKind {
  std::string kind;     // one of those listed at tsrt_inspect
  std::string problem;  // a phrase that follows the file's name and says what to do; may be empty
};

// For a file that is no zip archive; `head` is how it begins.
FileKind kind_of_file(std::string_view head);

// For a zip archive. Kind and problem are empty when only its contents tell.
FileKind kind_of_archive(const Records& records);

}  // namespace tsrt
