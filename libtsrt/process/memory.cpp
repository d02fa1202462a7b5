// What the process and tsrt in it keep in memory, and giving back what is not needed.
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>

#include "guard.h"
#include "json.h"
#include "model/holdings.h"
#include "tensor/device.h"
#include "tensor/managed.h"

namespace tsrt {
namespace {

void write(Json& out, const char* name, int64_t number) {
  out.key(name);
  out.integer(number);
}

// Of a line such as "VmRSS:     1234 kB", in bytes.
int64_t status_field(const std::string& status, const char* name) {
  const size_t at = status.find(name);
  if (at == std::string::npos) return 0;
  return std::strtoll(status.c_str() + at + std::strlen(name), nullptr, 10) * 1024;
}

void write_process(Json& out) {
  char text[8192] = "";
  if (std::FILE* file = std::fopen("/proc/self/status", "re")) {
    text[std::fread(text, 1, sizeof text - 1, file)] = 0;
    std::fclose(file);
  }
  const std::string status = text;
  write(out, "resident", status_field(status, "VmRSS:"));
  write(out, "private", status_field(status, "RssAnon:"));
#if defined(__GLIBC__)
  const struct mallinfo2 heap = mallinfo2();
  write(out, "malloc", static_cast<int64_t>(heap.uordblks + heap.hblkhd));
  write(out, "malloc_free", static_cast<int64_t>(heap.fordblks));
#endif
}

// Weights, and tensors that handles keep besides.
void write_tensors(Json& out) {
  Holdings holdings;
  const size_t busy = holdings_of_models(holdings);
  std::map<std::string, int64_t> weights{{"cpu", 0}};
  int64_t mapped = 0;
  for (const auto& [storage, held] : holdings)
    (held.mapped ? mapped : weights[display(held.device)]) += static_cast<int64_t>(held.bytes);
  StorageSizes shared;
  int64_t outputs = bytes_of_handles(shared);
  for (const auto& [storage, bytes] : shared) {
    if (!holdings.count(static_cast<const c10::StorageImpl*>(storage)))
      outputs += static_cast<int64_t>(bytes);
  }
  out.key("weights");
  out.begin_object();
  for (const auto& [device, bytes] : weights) write(out, device.c_str(), bytes);
  out.end_object();
  write(out, "mapped_weights", mapped);
  write(out, "busy_models", static_cast<int64_t>(busy));
  write(out, "outputs", outputs);
}

void write_handles(Json& out) {
  static constexpr const char* names[n_handle_kinds] = {"models", "tensors", "values", "errors",
                                                        "strings"};
  out.key("handles");
  out.begin_object();
  for (size_t i = 0; i < n_handle_kinds; ++i) write(out, names[i], sum_of(static_cast<Kind>(i)));
  out.end_object();
}

// The allocators of devices that are in use already. Asking others would start their drivers.
void for_each_cache(const std::function<void(c10::DeviceType, c10::DeviceAllocator&)>& visit) {
  for (int i = 1; i < c10::COMPILE_TIME_MAX_DEVICE_TYPES; ++i) {
    const auto type = static_cast<c10::DeviceType>(i);
    if (type == c10::kMeta || !c10::impl::hasDeviceGuardImpl(type)) continue;
    c10::Allocator* allocator = nullptr;
    try {
      allocator = c10::GetAllocator(type);
    } catch (const c10::Error&) {
      continue;  // it has none yet
    }
    auto* cache = dynamic_cast<c10::DeviceAllocator*>(allocator);
    if (cache && cache->initialized()) visit(type, *cache);
  }
}

void write_devices(Json& out) {
  constexpr auto all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  out.key("devices");
  out.begin_object();
  for_each_cache([&](c10::DeviceType type, c10::DeviceAllocator& cache) {
    const c10::DeviceIndex n = c10::impl::VirtualGuardImpl(type).deviceCount();
    for (c10::DeviceIndex i = 0; i < n; ++i) {
      const auto stats = cache.getDeviceStats(i);
      out.key(display({type, i}));
      out.begin_object();
      write(out, "allocated", stats.allocated_bytes[all].current);
      write(out, "reserved", stats.reserved_bytes[all].current);
      write(out, "peak_allocated", stats.allocated_bytes[all].peak);
      write(out, "peak_reserved", stats.reserved_bytes[all].peak);
      out.end_object();
    }
  });
  out.end_object();
}

}  // namespace
}  // namespace tsrt

tsrt_error* tsrt_memory(char** json) {
  return tsrt::guard([&] {
    tsrt::require(json, "json is NULL: give a place for the text");
    *json = nullptr;
    tsrt::Json out;
    out.begin_object();
    tsrt::write_process(out);
    tsrt::write_tensors(out);
    tsrt::write_handles(out);
    tsrt::write_devices(out);
    out.end_object();
    *json = tsrt::new_string(out.text());
  });
}

tsrt_error* tsrt_trim_memory(void) {
  return tsrt::guard([] {
    tsrt::for_each_cache([](c10::DeviceType, c10::DeviceAllocator& cache) { cache.emptyCache(); });
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
  });
}
