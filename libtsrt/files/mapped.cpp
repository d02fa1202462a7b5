#include "files/mapped.h"

#include <fcntl.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "guard.h"

namespace tsrt {
namespace {

// Less than this is not worth a mapping's page of its own.
constexpr size_t least = size_t(64) << 10;

struct Mapping {
  Mapping(char* begin, size_t size) : begin(begin), size(size) {}
  ~Mapping() { munmap(begin, size); }
  char* begin;
  size_t size;
};

// Private: what the model writes to its weights stays its own. A file that is shorter by now is
// refused: to touch what a mapping has beyond it would end the process.
std::shared_ptr<Mapping> map(const char* path, size_t size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status{};
  const bool whole =
      fd >= 0 && fstat(fd, &status) == 0 && static_cast<size_t>(status.st_size) == size;
  void* begin =
      whole ? mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  const int why = fd >= 0 && !whole ? ESTALE : errno;
  if (fd >= 0) close(fd);
  if (begin == MAP_FAILED) fail(TSRT_NOT_FOUND, "cannot map '", path, "': ", std::strerror(why));
  return std::make_shared<Mapping>(static_cast<char*>(begin), size);
}

c10::DataPtr pointer(const std::shared_ptr<Mapping>& mapping, uint64_t begin) {
  return {mapping->begin + begin, new std::shared_ptr<Mapping>(mapping),
          [](void* owner) { delete static_cast<std::shared_ptr<Mapping>*>(owner); },
          c10::Device(c10::kCPU)};
}

}  // namespace

size_t MappedBytes::read(uint64_t at, void* buffer, size_t n, const char* what) const {
  if (n >= least) begins_[buffer] = at;
  return bytes_->read(at, buffer, n, what);
}

void MappedBytes::replace_weights(const torch::jit::Module& module, const char* path) const {
  if (begins_.empty()) return;
  const auto mapping = map(path, size());
  const auto replace = [&](const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.has_storage() || !tensor.device().is_cpu()) return;
    auto* storage = tensor.storage().unsafeGetStorageImpl();
    const auto found = begins_.find(storage->data());
    const size_t n = storage->nbytes();
    if (n < least || found == begins_.end() || found->second > size() - n) return;
    // That memory may have been freed meanwhile, and be another tensor's now.
    if (std::memcmp(storage->data(), mapping->begin + found->second, n) != 0) return;
    storage->set_data_ptr_noswap(pointer(mapping, found->second));
  };
  for (const auto& tensor : module.parameters()) replace(tensor);
  for (const auto& tensor : module.buffers()) replace(tensor);
#if defined(__GLIBC__)
  malloc_trim(0);  // malloc would keep much of what was freed just now
#endif
}

}  // namespace tsrt
