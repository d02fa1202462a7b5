#include "files/verify.h"

#include <algorithm>

#include "files/crc32.h"
#include "files/inspect.h"
#include "files/text.h"
#include "guard.h"

namespace tsrt {
namespace {

// Records from this size on are summed while they are loaded.
constexpr uint64_t big_size = uint64_t(1) << 18;
constexpr size_t piece = size_t(1) << 18;  // stays in the processor's cache until it is summed

struct Range {
  uint64_t begin;
  uint64_t end;
  const ZipEntry* entry;
};

[[noreturn]] void refuse(const Bytes& bytes, const std::vector<std::string>& found,
                         const std::string& detail) {
  throw Failure(TSRT_NOT_A_MODEL,
                concat(printable(bytes.name()), " is damaged: ", enumerate(found, 5),
                       "; copy or save it again"),
                detail);
}

// What is wrong with where the records lie, as phrases.
std::vector<std::string> misplaced(const Records& records) {
  std::vector<std::string> found;
  std::vector<Range> ranges;
  for (const auto& entry : records.entries()) {
    try {
      const uint64_t begin = data_offset(records.bytes(), entry);
      ranges.push_back({entry.header, begin + entry.packed, &entry});
      if (records.find(records.short_name(entry)) != &entry)
        throw Damage(concat("two records are called '", printable(entry.name), "'"));
    } catch (const Damage& damage) {
      found.emplace_back(damage.what());
    }
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].begin < ranges[i - 1].end)
      found.push_back(concat("its record '", printable(ranges[i].entry->name), "' overlaps '",
                             printable(ranges[i - 1].entry->name), "'"));
  }
  return found;
}

void check(const Bytes& bytes, const ZipEntry& entry, std::vector<std::string>& found) {
  try {
    stream(bytes, entry, [](const char*, size_t) {});
  } catch (const Damage& damage) {
    found.emplace_back(damage.what());
  }
}

bool is_big(const ZipEntry& entry) {
  return entry.method == 0 && entry.size >= big_size && entry.size == entry.packed;
}

// Records that lie in each other would have a small file read for ever, so that comes first.
std::vector<std::string> damages(const Records& records, bool with_big) {
  std::vector<std::string> found = misplaced(records);
  if (!found.empty()) return found;
  for (const auto& entry : records.entries()) {
    if (with_big || !is_big(entry)) check(records.bytes(), entry, found);
  }
  return found;
}

Records open_records(const std::shared_ptr<Bytes>& bytes) {
  try {
    if (is_zip(bytes->part(0, 4))) return Records(bytes);
  } catch (const Damage&) {
    // Said better below.
  }
  const Inspection about = inspect(bytes);
  throw Failure(TSRT_NOT_A_MODEL, printable(bytes->name() + " " + about.problem));
}

}  // namespace

void verify(const std::shared_ptr<Bytes>& bytes, const std::string& detail) {
  const auto found = damages(open_records(bytes), /*with_big=*/true);
  if (!found.empty()) refuse(*bytes, found, detail);
}

VerifiedBytes::VerifiedBytes(std::shared_ptr<Bytes> bytes)
    : Bytes(bytes->name()), bytes_(std::move(bytes)), records_(open_records(bytes_)) {
  const auto found = damages(records_, /*with_big=*/false);
  if (!found.empty()) refuse(*bytes_, found, {});
  for (const auto& entry : records_.entries()) {
    if (is_big(entry)) big_.push_back({data_offset(*bytes_, entry), &entry});
  }
  std::sort(big_.begin(), big_.end(), [](const Big& a, const Big& b) { return a.begin < b.begin; });
}

size_t VerifiedBytes::read(uint64_t at, void* buffer, size_t n, const char* what) const {
  const auto found = std::lower_bound(big_.begin(), big_.end(), at,
                                      [](const Big& big, uint64_t at) { return big.begin < at; });
  if (found == big_.end() || found->begin != at || found->entry->size != n)
    return bytes_->read(at, buffer, n, what);
  uint32_t crc = 0;
  size_t done = 0;
  while (done < n) {
    char* to = static_cast<char*>(buffer) + done;
    const size_t got = bytes_->read(at + done, to, std::min(piece, n - done), what);
    if (got == 0) break;
    crc = crc32(crc, to, got);
    done += got;
  }
  const std::lock_guard lock(mutex_);
  found->read = true;
  if (crc != found->entry->crc && found->entry->crc != 0)
    found_.push_back(
        concat("its record '", printable(found->entry->name), "' does not match its checksum"));
  return done;
}

void VerifiedBytes::finish() const {
  const std::lock_guard lock(mutex_);
  for (const Big& big : big_) {
    if (!big.read) check(*bytes_, *big.entry, found_);
  }
  if (!found_.empty()) refuse(*bytes_, found_, {});
}

}  // namespace tsrt

tsrt_error* tsrt_verify(const char* path) {
  return tsrt::guard([&] {
    const std::string other = tsrt::no_regular_file(path);
    if (!other.empty()) tsrt::fail(TSRT_NOT_A_MODEL, "'", path, "' ", other);
    tsrt::verify(tsrt::open_file(path), {});
  });
}

tsrt_error* tsrt_verify_buffer(const void* data, size_t size) {
  return tsrt::guard([&] { tsrt::verify(tsrt::open_buffer(data, size), {}); });
}
