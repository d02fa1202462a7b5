#include "files/records.h"

#include <algorithm>

#include "files/limits.h"
#include "files/text.h"
#include "guard.h"

namespace tsrt {
namespace {

void hold_to_limits(const std::vector<ZipEntry>& entries) {
  if (entries.size() > max_records)
    throw Damage(concat("it has ", entries.size(), " records, more than we read"));
  uint64_t packed = 0, inflated = 0;
  for (const ZipEntry& entry : entries) {
    if (entry.name.size() > max_record_name)
      throw Damage(concat("it has a record whose name has ", entry.name.size(), " bytes"));
    if (entry.method == 0) continue;
    packed += std::min(entry.packed, UINT64_MAX / max_inflated_ratio / entries.size());
    inflated += std::min(entry.size, UINT64_MAX / entries.size());
  }
  if (inflated > max_inflated + max_inflated_ratio * packed)
    throw Damage(concat("its compressed records, of ", display_size(packed), ", would become ",
                        display_size(inflated)));
}

}  // namespace

Records::Records(std::shared_ptr<const Bytes> bytes)
    : bytes_(std::move(bytes)), entries_(read_directory(*bytes_)) {
  if (entries_.empty()) return;
  hold_to_limits(entries_);
  const size_t slash = entries_[0].name.find('/');
  const std::string folder =
      slash == std::string::npos ? "" : entries_[0].name.substr(0, slash + 1);
  in_one_folder_ = !folder.empty();
  folder_ = folder.size();
  for (const auto& entry : entries_) in_one_folder_ &= entry.name.starts_with(folder);
  if (!in_one_folder_) folder_ = 0;
  for (const auto& entry : entries_) by_name_.emplace(short_name(entry), &entry);
}

std::string_view Records::short_name(const ZipEntry& entry) const {
  return std::string_view(entry.name).substr(folder_);
}

std::string Records::full_name(std::string_view name) const {
  const std::string folder = entries_.empty() ? "" : entries_[0].name.substr(0, folder_);
  return folder + std::string(name);
}

const ZipEntry* Records::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<const ZipEntry*> Records::under(std::string_view prefix) const {
  std::vector<const ZipEntry*> found;
  for (const auto& entry : entries_) {
    const auto name = short_name(entry);
    if (name.starts_with(prefix) && !name.ends_with('/')) found.push_back(&entry);
  }
  return found;
}

bool Records::has_under(std::string_view prefix) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const auto& entry) { return short_name(entry).starts_with(prefix); });
}

std::string Records::read(std::string_view name, uint64_t limit) const {
  const ZipEntry* entry = find(name);
  if (!entry) throw Damage(concat("its record '", printable(full_name(name)), "' is missing"));
  return contents(*bytes_, *entry, limit);
}

}  // namespace tsrt
