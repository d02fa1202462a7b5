// Takes the place of malloc and operator new (by LD_PRELOAD) and lets allocations fail on demand:
// the n-th one that libtsrt asks for on the thread that armed it, or from the n-th on all.
//
// An allocation is libtsrt's when libtsrt is the first on the stack outside of the C and C++
// libraries: std::string and streams allocate on behalf of whoever uses them. The caller of most
// allocations is seen at once; only those that come out of these two libraries need the stack.
#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#include <atomic>
#include <cerrno>
#include <new>

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);
}

namespace {

enum Owner { others, ours, libraries, linker };

struct Text {
  uintptr_t begin, end;
  Owner owner;
};

constexpr int most = 32;
Text texts[most];
int n_texts = 0;

Owner owner_of(const char* path) {
  const char* slash = strrchr(path, '/');
  const char* name = slash ? slash + 1 : path;
  const auto is = [&](const char* start) { return strncmp(name, start, strlen(start)) == 0; };
  if (is("libtsrt")) return ours;
  if (is("ld-linux")) return linker;
  const bool library = is("libc.so") || is("libstdc++") || is("libgcc_s") || is("libinject");
  return library ? libraries : others;
}

int note_texts(dl_phdr_info* info, size_t, void*) {
  const Owner owner = owner_of(info->dlpi_name);
  for (int i = 0; owner != others && i < info->dlpi_phnum && n_texts < most; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || !(header.p_flags & PF_X)) continue;
    const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    texts[n_texts++] = {begin, begin + header.p_memsz, owner};
  }
  return 0;
}

Owner owner_at(uintptr_t address) {
  for (int i = 0; i < n_texts; ++i) {
    if (address >= texts[i].begin && address < texts[i].end) return texts[i].owner;
  }
  return others;
}

struct Found {
  uintptr_t address;
  Owner owner;
};

_Unwind_Reason_Code look(_Unwind_Context* context, void* result) {
  auto* found = static_cast<Found*>(result);
  found->address = _Unwind_GetIP(context);
  found->owner = owner_at(found->address);
  return found->owner == libraries ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

// Who asks for memory, and where in its code.
Found asker(void* return_address) {
  Found found{reinterpret_cast<uintptr_t>(return_address), others};
  found.owner = owner_at(found.address);
  if (found.owner == libraries) _Unwind_Backtrace(look, &found);
  return found;
}

std::atomic<long> live{0};

thread_local bool armed = false;
thread_local bool thinking = false;  // the unwinder may allocate
long wanted, seen, failed;
bool from_then_on;
enum { only_tsrt, everybody, only_tensors } scope;
size_t least;
uintptr_t last_site;

constexpr size_t n_sites = 1 << 16;
uintptr_t sites[n_sites];
long distinct;

void note_site(uintptr_t address) {
  last_site = address;
  for (size_t i = address * 0x9E3779B97F4A7C15u >> 48;; i = (i + 1) % n_sites) {
    if (sites[i] == address) return;
    if (sites[i]) continue;
    sites[i] = address;
    ++distinct;
    return;
  }
}

// As malloc does, for the two sizes where libtsrt counts on it (values/dict.cpp): a block that a
// thread has freed is there for its next request.
constexpr size_t kept_sizes[] = {56, 232}, most_kept = 7;
thread_local size_t kept[2] = {0, 0};

bool is_kept(size_t size) {
  for (int i = 0; i < 2; ++i) {
    if (size + 16 <= kept_sizes[i] || size > kept_sizes[i] || kept[i] == 0) continue;
    --kept[i];
    return true;
  }
  return false;
}

void keep(void* block) {
  for (int i = 0; i < 2; ++i) {
    if (malloc_usable_size(block) == kept_sizes[i] && kept[i] < most_kept) ++kept[i];
  }
}

bool fails(size_t size, void* return_address, bool tensor = false) {
  if (scope == only_tensors && !tensor) return false;
  if (!armed || thinking || size < least) return false;
  if (is_kept(size)) return false;
  thinking = true;
  const Found found = asker(return_address);
  thinking = false;
  if (found.owner != ours && !(scope != only_tsrt && found.owner == others)) return false;
  ++seen;
  const bool now = seen == wanted || (from_then_on && seen > wanted);
  if (now) {
    ++failed;
    note_site(found.address);
  }
  return now;
}

void* counted(void* block) {
  if (block) live.fetch_add(1, std::memory_order_relaxed);
  return block;
}

void* allocate(size_t size, size_t alignment, void* return_address) {
  if (fails(size, return_address)) {
    errno = ENOMEM;
    return nullptr;
  }
  return counted(alignment ? __libc_memalign(alignment, size) : __libc_malloc(size));
}

void* allocate_or_throw(size_t size, size_t alignment, void* return_address) {
  void* block = allocate(size ? size : 1, alignment, return_address);
  if (!block) throw std::bad_alloc();
  return block;
}

}  // namespace

#define CALLER __builtin_return_address(0)

extern "C" {

// The `n`-th allocation from now on fails, and with `forever` all after it. `who` are 0: those of
// libtsrt; 1: LibTorch's, too; 2: only memory for tensors, which LibTorch's allocator asks
// posix_memalign for. Smaller ones than `size` are let through.
void inject_arm(long n, int forever, int who, size_t size) {
  if (n_texts == 0) dl_iterate_phdr(note_texts, nullptr);
  wanted = n;
  seen = failed = 0;
  kept[0] = kept[1] = 0;
  from_then_on = forever;
  scope = static_cast<decltype(scope)>(who);
  least = size;
  armed = true;
}

// How many have failed since then.
long inject_disarm() {
  armed = false;
  return failed;
}

long inject_seen() {
  return seen;
}
long inject_distinct() {
  return distinct;
}
long inject_live() {
  return live.load();
}
uintptr_t inject_last_site() {
  return last_site;
}

void* malloc(size_t size) {
  return allocate(size, 0, CALLER);
}

void* calloc(size_t n, size_t size) {
  if (fails(n * size, CALLER)) {
    errno = ENOMEM;
    return nullptr;
  }
  return counted(__libc_calloc(n, size));
}

void* realloc(void* block, size_t size) {
  if (size && fails(size, CALLER)) {
    errno = ENOMEM;
    return nullptr;
  }
  void* moved = __libc_realloc(block, size);
  if (!block) return counted(moved);
  if (!size) live.fetch_sub(1, std::memory_order_relaxed);
  return moved;
}

void free(void* block) {
  if (block) live.fetch_sub(1, std::memory_order_relaxed);
  if (block && armed) keep(block);
  __libc_free(block);
}

void* memalign(size_t alignment, size_t size) {
  return allocate(size, alignment, CALLER);
}
void* aligned_alloc(size_t alignment, size_t size) {
  return allocate(size, alignment, CALLER);
}

int posix_memalign(void** block, size_t alignment, size_t size) {
  if (fails(size, CALLER, true)) return ENOMEM;
  void* found = counted(__libc_memalign(alignment, size));
  if (!found) return ENOMEM;
  *block = found;
  return 0;
}

}  // extern "C"

void* operator new(size_t size) {
  return allocate_or_throw(size, 0, CALLER);
}
void* operator new[](size_t size) {
  return allocate_or_throw(size, 0, CALLER);
}
void* operator new(size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<size_t>(alignment), CALLER);
}
void* operator new[](size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<size_t>(alignment), CALLER);
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return allocate(size ? size : 1, 0, CALLER);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return allocate(size ? size : 1, 0, CALLER);
}
void operator delete(void* block) noexcept {
  free(block);
}
void operator delete[](void* block) noexcept {
  free(block);
}
void operator delete(void* block, size_t) noexcept {
  free(block);
}
void operator delete[](void* block, size_t) noexcept {
  free(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  free(block);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  free(block);
}
void operator delete(void* block, size_t, std::align_val_t) noexcept {
  free(block);
}
void operator delete[](void* block, size_t, std::align_val_t) noexcept {
  free(block);
}
