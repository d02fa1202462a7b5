// What is in a record of a zip archive.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "files/crc32.h"
#include "files/text.h"
#include "files/zip.h"
#include "guard.h"

// LibTorch carries miniz, whose interface is zlib's; its library exports these functions but its
// headers do not declare them. LibTorch's own reader of archives is no substitute: it refuses
// archives that we want to name, inflates a record of any size in one piece, and checks no sums.
extern "C" {
struct mz_stream_s {
  const unsigned char* next_in;
  unsigned int avail_in;
  unsigned long total_in;
  unsigned char* next_out;
  unsigned int avail_out;
  unsigned long total_out;
  char* msg;
  struct mz_internal_state* state;
  void* (*zalloc)(void*, size_t, size_t);
  void (*zfree)(void*, void*);
  void* opaque;
  int data_type;
  unsigned long adler;
  unsigned long reserved;
};
int mz_inflateInit2(mz_stream_s* stream, int window_bits);
int mz_inflate(mz_stream_s* stream, int flush);
int mz_inflateEnd(mz_stream_s* stream);
}

namespace tsrt {
namespace {

constexpr size_t piece = size_t(256) << 10;  // stays in the processor's cache until it is summed
constexpr uint16_t stored = 0, deflated = 8, encrypted_flag = 1;

[[noreturn]] void damaged(const ZipEntry& entry, const std::string& how) {
  throw Damage(concat("its record '", printable(entry.name), "' ", how));
}

class Inflater {
 public:
  // Zeros, since damaged data can refer to what would have come before its beginning.
  Inflater() {
    stream_.zalloc = [](void*, size_t n, size_t size) { return std::calloc(n, size); };
    stream_.zfree = [](void*, void* memory) { std::free(memory); };
    if (mz_inflateInit2(&stream_, -15) != 0) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { mz_inflateEnd(&stream_); }

  // Gives what `n` more bytes inflate to; false when they are no deflated data.
  template <class Give>
  bool inflate(const char* data, size_t n, const Give& give) {
    stream_.next_in = reinterpret_cast<const unsigned char*>(data);
    stream_.avail_in = static_cast<unsigned>(n);
    while (!ended_) {
      stream_.next_out = out_.get();
      stream_.avail_out = piece;
      const int status = mz_inflate(&stream_, 0);
      give(reinterpret_cast<const char*>(out_.get()), piece - stream_.avail_out);
      ended_ = status == 1;
      if (status == -5) return stream_.avail_in == 0;  // wants more
      if (status < 0) return false;
      if (stream_.avail_in == 0 && stream_.avail_out != 0) return true;
    }
    return stream_.avail_in == 0;
  }

  bool ended() const { return ended_; }

 private:
  mz_stream_s stream_{};
  std::unique_ptr<unsigned char[]> out_{new unsigned char[piece]};
  bool ended_ = false;
};

template <class Give>
void each_piece(const Bytes& bytes, const ZipEntry& entry, const Give& give) {
  const std::unique_ptr<char[]> buffer(new char[piece]);
  const uint64_t begin = data_offset(bytes, entry);
  for (uint64_t done = 0; done < entry.packed;) {
    const size_t n = std::min<uint64_t>(piece, entry.packed - done);
    if (bytes.read(begin + done, buffer.get(), n) != n) damaged(entry, "cannot be read");
    give(buffer.get(), n);
    done += n;
  }
}

}  // namespace

void stream(const Bytes& bytes, const ZipEntry& entry, const Sink& sink) {
  if (entry.flags & encrypted_flag) damaged(entry, "is encrypted");
  uint32_t crc = 0;
  uint64_t size = 0;
  const auto take = [&](const char* data, size_t n) {
    if (n > entry.size - size) damaged(entry, concat("is longer than its ", entry.size, " bytes"));
    size += n;
    crc = crc32(crc, data, n);
    sink(data, n);
  };
  if (entry.method == stored) {
    each_piece(bytes, entry, take);
  } else if (entry.method == deflated) {
    Inflater inflater;
    each_piece(bytes, entry, [&](const char* data, size_t n) {
      if (!inflater.inflate(data, n, take)) damaged(entry, "cannot be decompressed");
    });
    if (!inflater.ended()) damaged(entry, "cannot be decompressed");
  } else {
    damaged(entry, concat("is compressed with method ", entry.method, ", not with deflate"));
  }
  if (size != entry.size) damaged(entry, concat("has ", size, " bytes instead of ", entry.size));
  // torch.serialization.set_crc32_options(False) writes zeros.
  if (crc != entry.crc && entry.crc != 0) damaged(entry, "does not match its checksum");
}

std::string contents(const Bytes& bytes, const ZipEntry& entry, uint64_t limit) {
  if (entry.size > limit)
    throw TooBig(concat("its record '", printable(entry.name), "' has ", entry.size, " bytes"));
  std::string text;
  stream(bytes, entry, [&](const char* data, size_t n) { text.append(data, n); });
  return text;
}

void read_into(const Bytes& bytes, const ZipEntry& entry, char* memory) {
  if (entry.method == stored && entry.packed == entry.size && !(entry.flags & encrypted_flag)) {
    const uint64_t begin = data_offset(bytes, entry);
    if (bytes.read(begin, memory, entry.size, "a record") != entry.size)
      damaged(entry, "cannot be read");
    return;
  }
  stream(bytes, entry, [&](const char* data, size_t n) {
    std::memcpy(memory, data, n);
    memory += n;
  });
}

char first_byte(const Bytes& bytes, const ZipEntry& entry) {
  struct Found {
    char byte;
  };
  try {
    stream(bytes, entry, [](const char* data, size_t n) {
      if (n) throw Found{data[0]};
    });
  } catch (const Found& found) {
    return found.byte;
  }
  return 0;
}

}  // namespace tsrt
