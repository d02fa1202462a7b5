// A file or buffer becomes a TorchScript module, or an error that says what it is instead.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "files/bytes.h"
#include "model/state.h"
#include "options.h"

namespace tsrt {

// Name and contents of each file that was saved with a model.
using ExtraFiles = std::vector<std::pair<std::string, std::string>>;

struct Archive {
  ObjectPtr module;
  std::shared_ptr<const ExtraFiles> extra_files;
};

// Of the options these heed `verify`, `mmap` and `trust`.
Archive read_file(const char* path, c10::Device device, const Options& options);
Archive read_buffer(const void* data, size_t size, c10::Device device, const Options& options);

}  // namespace tsrt
