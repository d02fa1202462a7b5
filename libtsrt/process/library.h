// Shared libraries: LibTorch's own folder, and those that bring operators.
#pragma once

#include <string>

namespace tsrt {

// The folder of the LibTorch that this process uses, with a slash at the end.
std::string torch_folder();

// Maps a library whose static initializers register operators and classes. It stays for ever.
void load_library(const char* path);

}  // namespace tsrt
