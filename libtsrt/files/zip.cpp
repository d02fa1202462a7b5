// The directory of a zip archive; what is in its records is read in zip_record.cpp.
#include "files/zip.h"

#include <algorithm>
#include <optional>

#include "files/little_endian.h"
#include "files/text.h"
#include "guard.h"

namespace tsrt {
namespace {

constexpr std::string_view end_signature{"PK\5\6", 4};
constexpr size_t end_size = 22;
constexpr size_t end64_size = 56;
constexpr size_t locator_size = 20;
constexpr size_t central_size = 46;
constexpr size_t local_size = 30;
constexpr uint16_t has_descriptor = 8;  // flag: sizes and checksum follow the contents

constexpr char folder_attribute = 0x10;  // that of DOS

// Far more than any model has; a directory is read into memory whole.
constexpr uint64_t max_directory = uint64_t(256) << 20;

struct Extent {
  uint64_t begin;
  uint64_t size;
  uint64_t entries;
};

// The end record, of which the file's last 64 kB may be the comment.
std::optional<uint64_t> find_end(const Bytes& bytes) {
  const uint64_t window = std::min<uint64_t>(bytes.size(), end_size + 0xffff);
  const std::string tail = bytes.part(bytes.size() - window, window);
  if (tail.size() < end_size) return {};
  const size_t at = tail.rfind(end_signature, tail.size() - end_size);
  if (at == std::string::npos) return {};
  return bytes.size() - window + at;
}

Extent extent_of(const Bytes& bytes, uint64_t end) {
  const std::string record = bytes.part(end, end_size);
  if (record.size() < end_size) throw Damage("it cannot be read to its end");
  Extent extent{u32(record, 16), u32(record, 12), u16(record, 10)};
  const bool too_small =
      extent.begin == 0xffffffff || extent.size == 0xffffffff || extent.entries == 0xffff;
  // An archive of 4 GB or more keeps the true numbers in a second end record.
  if (end >= locator_size) {
    const std::string locator = bytes.part(end - locator_size, locator_size);
    if (locator.size() == locator_size && locator.compare(0, 4, "PK\6\7") == 0) {
      const std::string end64 = bytes.part(u64(locator, 8), end64_size);
      if (end64.size() == end64_size && end64.compare(0, 4, "PK\6\6") == 0)
        return {u64(end64, 48), u64(end64, 40), u64(end64, 32)};
    }
  }
  if (too_small) throw Damage("the record that tells where its table of contents lies is missing");
  return extent;
}

// Sizes that do not fit 32 bits stand in an extra field, those that are needed, in this order.
void read_zip64(std::string_view extra, ZipEntry& entry) {
  while (extra.size() >= 4) {
    const size_t size = u16(extra, 2);
    const std::string_view field = extra.substr(4, size);
    if (u16(extra, 0) == 1) {
      size_t at = 0;
      for (uint64_t* number : {&entry.size, &entry.packed, &entry.header}) {
        if (*number != 0xffffffff || at + 8 > field.size()) continue;
        *number = u64(field, at);
        at += 8;
      }
      return;
    }
    extra.remove_prefix(std::min(extra.size(), 4 + size));
  }
}

ZipEntry read_entry(std::string_view directory, size_t& at) {
  if (directory.size() - at < central_size || directory.substr(at, 4) != "PK\1\2")
    throw Damage(concat("its table of contents is damaged at byte ", at));
  const std::string_view head = directory.substr(at, central_size);
  const size_t name = u16(head, 28), extra = u16(head, 30), comment = u16(head, 32);
  const size_t whole = central_size + name + extra + comment;
  if (directory.size() - at < whole)
    throw Damage(concat("its table of contents is damaged at byte ", at));
  ZipEntry entry{std::string(directory.substr(at + central_size, name)),
                 u16(head, 8),
                 u16(head, 10),
                 u32(head, 16),
                 u32(head, 20),
                 u32(head, 24),
                 u32(head, 42),
                 (head[38] & folder_attribute) != 0};
  entry.folder |= entry.name.ends_with('/');
  read_zip64(directory.substr(at + central_size + name, extra), entry);
  at += whole;
  return entry;
}

[[noreturn]] void damaged(const ZipEntry& entry, const char* how) {
  throw Damage(concat("its record '", printable(entry.name), "' ", how));
}

// Written either in the local header or, with zeros in it, after the contents.
bool agrees(uint64_t local, uint64_t central, uint64_t unknown, const ZipEntry& entry) {
  return local == central || local == unknown || ((entry.flags & has_descriptor) && local == 0);
}

}  // namespace

bool is_zip(std::string_view head) {
  return head.starts_with("PK\3\4") || head.starts_with(end_signature);
}

bool has_end_of_directory(const Bytes& bytes) {
  return find_end(bytes).has_value();
}

std::vector<ZipEntry> read_directory(const Bytes& bytes) {
  const auto end = find_end(bytes);
  if (!end) throw Damage("its table of contents, which comes last, is missing");
  const Extent extent = extent_of(bytes, *end);
  if (extent.size > *end || extent.begin > *end - extent.size)
    throw Damage("its table of contents reaches beyond the file");
  if (extent.size > max_directory)
    throw Damage(concat("its table of contents has ", extent.size, " bytes, more than we read"));
  if (extent.entries > extent.size / central_size)
    throw Damage(concat("its table of contents has no room for ", extent.entries, " records"));
  const std::string directory = bytes.part(extent.begin, extent.size);
  std::vector<ZipEntry> entries;
  entries.reserve(extent.entries);
  for (size_t at = 0; entries.size() < extent.entries;)
    entries.push_back(read_entry(directory, at));
  return entries;
}

uint64_t data_offset(const Bytes& bytes, const ZipEntry& entry) {
  const std::string head = bytes.part(entry.header, local_size);
  if (head.size() < local_size || head.compare(0, 4, "PK\3\4") != 0)
    damaged(entry, "is not where the table of contents says");
  if (entry.size > 0 && (entry.folder || entry.packed == 0))
    damaged(entry, "has contents and is marked as a folder, or as empty");
  const size_t name = u16(head, 26), extra = u16(head, 28);
  if (bytes.part(entry.header + local_size, name) != entry.name)
    damaged(entry, "has another name than in the table of contents");
  if (u16(head, 8) != entry.method || !agrees(u32(head, 14), entry.crc, entry.crc, entry) ||
      !agrees(u32(head, 18), entry.packed, 0xffffffff, entry) ||
      !agrees(u32(head, 22), entry.size, 0xffffffff, entry))
    damaged(entry, "differs from what the table of contents says of it");
  const uint64_t begin = entry.header + local_size + name + extra;
  if (begin > bytes.size() || entry.packed > bytes.size() - begin)
    damaged(entry, "reaches beyond the end of the file");
  return begin;
}

}  // namespace tsrt
