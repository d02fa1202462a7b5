#include "files/bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "guard.h"

namespace tsrt {
namespace {

[[noreturn]] void cannot_open(const char* path, int why) {
  if (why == ENOMEM) throw std::bad_alloc();
  const char* advice = path[0] != '/' && why == ENOENT ? " (looked for in the working folder)" : "";
  fail(TSRT_NOT_FOUND, "cannot open '", path, "': ", std::strerror(why), advice);
}

// Read with pread: unlike a mapping it survives a file that another process cuts short meanwhile,
// and unlike a stream it needs no lock between threads.
class FileBytes final : public Bytes {
 public:
  explicit FileBytes(const char* path)
      : Bytes(concat("'", path, "'")), fd_(open(path, O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) cannot_open(path, errno);
    struct stat status{};
    fstat(fd_, &status);
    size_ = static_cast<size_t>(status.st_size);
  }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes() override { close(fd_); }

  size_t size() const override { return size_; }

  size_t read(uint64_t at, void* buffer, size_t n, const char* /*what*/) const override {
    size_t done = 0;
    while (done < n) {
      const ssize_t got =
          pread(fd_, static_cast<char*>(buffer) + done, n - done, static_cast<off_t>(at + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(TSRT_NOT_FOUND, "cannot read ", name(), ": ", std::strerror(errno));
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

 private:
  int fd_;
  size_t size_ = 0;
};

class BufferBytes final : public Bytes {
 public:
  BufferBytes(const void* data, size_t size)
      : Bytes("the buffer"), data_(static_cast<const char*>(data)), size_(size) {}

  size_t size() const override { return size_; }

  size_t read(uint64_t at, void* buffer, size_t n, const char* /*what*/) const override {
    if (at >= size_) return 0;
    n = std::min<size_t>(n, size_ - at);
    if (n) std::memcpy(buffer, data_ + at, n);
    return n;
  }

 private:
  const char* data_;
  size_t size_;
};

}  // namespace

std::string Bytes::part(uint64_t at, size_t n) const {
  if (at >= size()) return {};
  std::string text(std::min<uint64_t>(n, size() - at), '\0');
  text.resize(read(at, text.data(), text.size()));
  return text;
}

std::string no_regular_file(const char* path) {
  require(path && *path, "the path of the model is missing");
  struct stat status{};
  if (stat(path, &status) != 0) cannot_open(path, errno);
  if (S_ISDIR(status.st_mode)) return "is a folder: give the model file in it";
  if (!S_ISREG(status.st_mode)) return "is not a regular file: read it into a buffer";
  return {};
}

std::shared_ptr<Bytes> open_file(const char* path) {
  return std::make_shared<FileBytes>(path);
}

std::shared_ptr<Bytes> open_buffer(const void* data, size_t size) {
  require(data || size == 0, "data is NULL and size is ", size);
  require(size <= PTRDIFF_MAX, "size is ", size, ", more than any buffer has");
  return std::make_shared<BufferBytes>(data, size);
}

}  // namespace tsrt
