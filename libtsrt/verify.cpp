#include "verify.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "guard.h"
#include "inspect.h"
#include "records.h"
#include "text.h"

namespace tsrt {
namespace {

struct Range {
  uint64_t begin;
  uint64_t end;
  const ZipEntry* entry;
};

// What is wrong with the records, as phrases.
std::vector<std::string> damages(const Records& records) {
  std::vector<std::string> found;
  std::vector<Range> ranges;
  for (const auto& entry : records.entries()) {
    try {
      const uint64_t begin = data_offset(records.bytes(), entry);
      ranges.push_back({entry.header, begin + entry.packed, &entry});
      if (records.find(records.short_name(entry)) != &entry)
        throw Damage(c10::str("two records are called '", printable(entry.name), "'"));
    } catch (const Damage& damage) {
      found.push_back(damage.what());
    }
  }
  // Records that share bytes would have a small file checked for ever; stop before reading them.
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].begin < ranges[i - 1].end)
      found.push_back(c10::str("its record '", printable(ranges[i].entry->name), "' overlaps '",
                               printable(ranges[i - 1].entry->name), "'"));
  }
  if (!found.empty()) return found;
  for (const auto& range : ranges) {
    try {
      stream(records.bytes(), *range.entry, [](const char*, size_t) {});
    } catch (const Damage& damage) {
      found.push_back(damage.what());
    }
  }
  return found;
}

}  // namespace

void verify(const std::shared_ptr<Bytes>& bytes, const std::string& detail) {
  const auto refuse = [&](const std::string& what) {
    throw Failure(TSRT_NOT_A_MODEL, printable(bytes->name() + " " + what), detail);
  };
  if (!is_zip(bytes->part(0, 4))) refuse(inspect(bytes).problem);
  try {
    const auto found = damages(Records(bytes));
    if (found.empty()) return;
    refuse(c10::str("is damaged: ", enumerate(found, 5), "; copy or save it again"));
  } catch (const Damage&) {
    refuse(inspect(bytes).problem);
  }
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
