// Whether an archive is what was written: LibTorch's reader checks no sums, so that a flipped bit
// in a weight loads without a word.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "files/bytes.h"
#include "files/records.h"

namespace tsrt {

// Fails with TSRT_NOT_A_MODEL, naming the records that are damaged; `detail` goes with the error.
void verify(const std::shared_ptr<Bytes>& bytes, const std::string& detail);

// An archive that is verified while LibTorch reads it: its big records are summed as they pass by,
// which saves reading them twice. All else is checked at once.
class VerifiedBytes final : public Bytes {
 public:
  // Fails as verify does.
  explicit VerifiedBytes(std::shared_ptr<Bytes> bytes);

  size_t size() const override { return bytes_->size(); }
  size_t read(uint64_t at, void* buffer, size_t n, const char* what) const override;

  // To be called after loading: fails for damage found meanwhile, or in what was not read.
  void finish() const;

 private:
  struct Big {
    uint64_t begin;  // of its contents
    const ZipEntry* entry;
    bool read = false;
  };

  std::shared_ptr<Bytes> bytes_;
  Records records_;
  mutable std::mutex mutex_;  // for what follows
  mutable std::vector<Big> big_;
  mutable std::vector<std::string> found_;
};

}  // namespace tsrt
