#include "files/crc32.h"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tsrt {
namespace {

constexpr size_t slices = 16;

// tables[k][b]: what byte b does to the checksum when k zero bytes follow it.
constexpr auto tables = [] {
  std::array<std::array<uint32_t, 256>, slices> t{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    t[0][b] = crc;
  }
  for (size_t k = 1; k < slices; ++k) {
    for (uint32_t b = 0; b < 256; ++b) t[k][b] = t[k - 1][b] >> 8 ^ t[0][t[k - 1][b] & 255];
  }
  return t;
}();

uint32_t by_table(uint32_t crc, const uint8_t* p, size_t n) {
  while (std::endian::native == std::endian::little && n >= slices) {
    uint32_t words[4];
    std::memcpy(words, p, slices);
    words[0] ^= crc;
    crc = 0;
    for (size_t i = 0; i < slices; ++i)
      crc ^= tables[slices - 1 - i][words[i / 4] >> 8 * (i % 4) & 255];
    p += slices;
    n -= slices;
  }
  for (; n; --n) crc = crc >> 8 ^ tables[0][(crc ^ *p++) & 255];
  return crc;
}

#if defined(__x86_64__)

constexpr size_t folded = 64;  // bytes a step

[[gnu::target("pclmul,sse4.1")]] __m128i fold(__m128i a, __m128i k, __m128i next) {
  return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(a, k, 0x00), next),
                       _mm_clmulepi64_si128(a, k, 0x11));
}

// Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ" (Intel, 2009): four
// lanes of 16 bytes are moved on by 64 bytes a step, each by two carry-less multiplications with
// powers of x modulo the polynomial. What remains, 16 bytes with the same checksum, goes through
// the tables, which spares the reduction at the end. `n` is a multiple of 64, and not 0.
[[gnu::target("pclmul,sse4.1")]] uint32_t by_folding(uint32_t crc, const uint8_t* p, size_t n) {
  const auto load = [](const uint8_t* from) __attribute__((target("pclmul,sse4.1"))) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  };
  const __m128i by_64 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i by_16 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  __m128i a = _mm_xor_si128(load(p), _mm_cvtsi32_si128(static_cast<int>(crc)));
  __m128i b = load(p + 16), c = load(p + 32), d = load(p + 48);
  for (n -= folded, p += folded; n; n -= folded, p += folded) {
    a = fold(a, by_64, load(p));
    b = fold(b, by_64, load(p + 16));
    c = fold(c, by_64, load(p + 32));
    d = fold(d, by_64, load(p + 48));
  }
  a = fold(fold(fold(a, by_16, b), by_16, c), by_16, d);
  uint8_t rest[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), a);
  return by_table(0, rest, sizeof rest);
}

#endif

}  // namespace

uint32_t crc32(uint32_t crc, const void* data, size_t size) {
  const auto* p = static_cast<const uint8_t*>(data);
  crc = ~crc;
#if defined(__x86_64__)
  static const bool can_fold = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  if (can_fold && size >= folded) {
    const size_t whole = size - size % folded;
    crc = by_folding(crc, p, whole);
    p += whole;
    size -= whole;
  }
#endif
  return ~by_table(crc, p, size);
}

}  // namespace tsrt
