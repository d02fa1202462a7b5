// A weight of a few MB is read through hundreds of ordinary pages, more than the processor has
// addresses at hand for: huge pages made a linear layer of few rows 12 to 18 % faster.
#include "plans/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace tsrt {
namespace {

constexpr size_t huge_page = size_t{2} << 20;

size_t rounded_up(size_t size) {
  return (size + huge_page - 1) / huge_page * huge_page;
}

}  // namespace

std::shared_ptr<char> allocate_huge(size_t bytes) {
  const size_t length = rounded_up(bytes) + huge_page;
  void* start = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  const std::shared_ptr<void> owner(start, [length](void* memory) { munmap(memory, length); });
  const auto address = reinterpret_cast<uintptr_t>(start);
  char* aligned = static_cast<char*>(start) + (rounded_up(address) - address);
  madvise(aligned, rounded_up(bytes), MADV_HUGEPAGE);  // without, it is only slower
  return {owner, aligned};
}

}  // namespace tsrt
