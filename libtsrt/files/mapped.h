// Weights that stay in the file: processes that load one model share them in the page cache.
#pragma once

#include <memory>
#include <unordered_map>

#include "files/bytes.h"
#include "model/state.h"

namespace tsrt {

// Is a tensor's memory a part of its file?
bool is_mapped(const c10::Storage& storage);

// LibTorch always copies a record into memory of its own. So this remembers where each big one
// went, and afterwards puts a private mapping of the file in that memory's place.
class MappedBytes final : public Bytes {
 public:
  explicit MappedBytes(std::shared_ptr<Bytes> bytes)
      : Bytes(bytes->name()), bytes_(std::move(bytes)) {}

  size_t size() const override { return bytes_->size(); }
  size_t read(uint64_t at, void* buffer, size_t n, const char* what) const override;

  // For a module on the CPU, whose file is at `path`.
  void replace_weights(const ObjectPtr& module, const char* path) const;

 private:
  std::shared_ptr<Bytes> bytes_;
  mutable std::unordered_map<const void*, uint64_t> begins_;  // in the file, by place in memory
};

}  // namespace tsrt
