// A file or buffer becomes a TorchScript module, or an error that says what it is instead.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>
#include <vector>

namespace tsrt {

struct Archive {
  torch::jit::Module module;
  std::vector<std::string> extra_files;
};

Archive read_file(const char* path, c10::Device device);
Archive read_buffer(const void* data, size_t size, c10::Device device);

}  // namespace tsrt
