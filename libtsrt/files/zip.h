// Zip archives, read with distrust: every offset and size is checked against the file, memory is
// bounded, nothing is written anywhere. Also reads what LibTorch's reader refuses, so that it can
// be told what such a file is.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "files/bytes.h"

namespace tsrt {

// What is wrong with an archive, as a phrase: "its record 'm/data/0' reaches beyond the file".
struct Damage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A record with more than we are willing to hold in memory. Nothing is wrong with it.
struct TooBig : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ZipEntry {
  std::string name;
  uint16_t flags;
  uint16_t method;
  uint32_t crc;
  uint64_t packed;  // bytes in the file
  uint64_t size;    // bytes of contents
  uint64_t header;  // where its local header lies
  bool folder;      // it says so; LibTorch then reads nothing and takes what is in its memory
};

// Does it begin as a zip archive does?
bool is_zip(std::string_view head);

// Is there the record that ends every archive?
bool has_end_of_directory(const Bytes& bytes);

// The table of contents. Throws Damage.
std::vector<ZipEntry> read_directory(const Bytes& bytes);

// Where the contents begin. Checks the local header against the directory; throws Damage.
uint64_t data_offset(const Bytes& bytes, const ZipEntry& entry);

// A record's contents piece by piece, inflated. Throws Damage when they are not what the directory
// says: bounds, size, checksum, a compression that LibTorch does not read.
using Sink = std::function<void(const char* data, size_t n)>;
void stream(const Bytes& bytes, const ZipEntry& entry, const Sink& sink);

// All of a record's contents. Throws TooBig for more than `limit` bytes.
std::string contents(const Bytes& bytes, const ZipEntry& entry, uint64_t limit);

// The same into memory of the record's size; read in one piece if nothing is compressed. Leaves a
// stored record's checksum to who reads with verification.
void read_into(const Bytes& bytes, const ZipEntry& entry, char* memory);

// Its first byte, without reading further; 0 for an empty one.
char first_byte(const Bytes& bytes, const ZipEntry& entry);

}  // namespace tsrt
