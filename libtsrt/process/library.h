// Shared libraries: LibTorch's own folder, and those that bring operators.
#pragma once

#include <string>

namespace tsrt {

// The folder of the LibTorch that this process uses, with a slash at the end.
std::string torch_folder();

// Maps a library whose static initializers register operators and classes. It stays for ever.
// Waits for those who look at what is registered, and they for it.
void load_library(const char* path);

// While one lives no library is loaded: LibTorch keeps classes in a table without a lock, and lends
// out its lists of operators.
class LibrariesStay {
 public:
  LibrariesStay();
  LibrariesStay(const LibrariesStay&) = delete;
  LibrariesStay& operator=(const LibrariesStay&) = delete;
  ~LibrariesStay();
};

}  // namespace tsrt
