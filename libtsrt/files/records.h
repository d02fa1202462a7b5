// The records of an archive that PyTorch wrote: a zip archive with everything in one folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "files/zip.h"

namespace tsrt {

class Records {
 public:
  // Throws Damage when the table of contents cannot be read.
  explicit Records(std::shared_ptr<const Bytes> bytes);
  Records(const Records&) = delete;  // the index refers to the entries
  Records& operator=(const Records&) = delete;

  const std::vector<ZipEntry>& entries() const { return entries_; }
  const Bytes& bytes() const { return *bytes_; }

  // Whether everything lies in one folder, as LibTorch wants it.
  bool in_one_folder() const { return in_one_folder_; }

  // Names without the folder, such as "data.pkl".
  bool has(std::string_view name) const { return find(name) != nullptr; }
  bool has_under(std::string_view prefix) const;
  const ZipEntry* find(std::string_view name) const;
  std::vector<const ZipEntry*> under(std::string_view prefix) const;
  std::string_view short_name(const ZipEntry& entry) const;
  std::string full_name(std::string_view name) const;

  // Throws Damage, also when there is no such record, and TooBig.
  std::string read(std::string_view name, uint64_t limit) const;

 private:
  std::shared_ptr<const Bytes> bytes_;
  std::vector<ZipEntry> entries_;
  size_t folder_ = 0;  // length of its name, with the slash
  bool in_one_folder_ = true;
  std::unordered_map<std::string_view, const ZipEntry*> by_name_;
};

// What is in the extra files of a TorchScript archive is nobody's business but the caller's.
constexpr std::string_view extra_prefix = "extra/";

}  // namespace tsrt
