// A file or a buffer, readable at any place. LibTorch reads models through the same object.
#pragma once

#include <caffe2/serialize/read_adapter_interface.h>

#include <memory>
#include <string>

namespace tsrt {

class Bytes : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit Bytes(std::string name) : name_(std::move(name)) {}

  // What messages call it: "'model.pt'" or "the buffer".
  const std::string& name() const { return name_; }

  // Up to `n` bytes from `at`: fewer where the file ends.
  std::string part(uint64_t at, size_t n) const;

 private:
  std::string name_;
};

// What a path leads to that is no file of bytes, as a phrase such as "is a folder: ..."; empty for
// a regular file. Fails with TSRT_NOT_FOUND when there is nothing, or nothing we may read.
std::string no_regular_file(const char* path);

std::shared_ptr<Bytes> open_file(const char* path);

// Borrows the memory.
std::shared_ptr<Bytes> open_buffer(const void* data, size_t size);

}  // namespace tsrt
