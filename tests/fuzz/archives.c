/* Bytes as an archive: as they are, and with the checksums made right, which no fuzzer would hit.
 */
#include "fuzz.h"

static uint32_t crc_of(const uint8_t *data, size_t size) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; ++i) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

static uint32_t number_at(const uint8_t *data, int bytes) {
  uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= (uint32_t)data[i] << 8 * i;
  return value;
}

/* Writes the sums of stored records where the table of contents, found by its signatures, and the
 * records' own headers have them. */
static void repair(uint8_t *data, size_t size) {
  for (size_t at = 0; at + 46 <= size; ++at) {
    if (memcmp(data + at, "PK\1\2", 4) != 0) continue;
    const size_t header = number_at(data + at + 42, 4), n = number_at(data + at + 20, 4);
    if (header + 30 > size || number_at(data + at + 10, 2) != 0) continue;
    const size_t begin =
        header + 30 + number_at(data + header + 26, 2) + number_at(data + header + 28, 2);
    if (begin > size || n > size - begin) continue;
    const uint32_t crc = crc_of(data + begin, n);
    for (int i = 0; i < 4; ++i) {
      data[at + 16 + i] = (uint8_t)(crc >> 8 * i);
      data[header + 14 + i] = (uint8_t)(crc >> 8 * i);
    }
  }
}

/* What is read without running any of it. True if verify finds nothing. */
static bool check_readers(const uint8_t *data, size_t size) {
  char *text = NULL;
  HOLDS(!failed(tsrt_inspect_buffer(data, size, &text)));
  HOLDS(*text == '{');
  tsrt_string_free(text);
  size_t n = 0;
  text = NULL;
  if (failed(tsrt_extra_file_buffer(data, size, "labels.txt", &text, &n))) HOLDS(!text);
  tsrt_string_free(text);
  return !failed(tsrt_verify_buffer(data, size));
}

static void check_load(const uint8_t *data, size_t size, bool whole) {
  static const float numbers[8];
  int64_t shape[] = {2, 4};
  const tsrt_tensor x = {(void *)numbers, {TSRT_CPU, 0}, 2, TSRT_FLOAT32, shape, NULL, 0};
  tsrt_model *model = NULL;
  tsrt_managed_tensor *out = NULL;
  size_t n = 0;
  if (failed(tsrt_model_load_buffer(data, size, NULL, &model))) return;
  HOLDS(whole);
  failed(tsrt_model_forward(model, &x, 1, &out, 1, &n));
  tsrt_managed_tensor_free(out);
  tsrt_model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const int64_t handles = tsrt_live_handles();
  uint8_t *copy = malloc(size + 1);
  HOLDS(copy);
  memcpy(copy, data, size);
  check_load(copy, size, check_readers(copy, size));
  repair(copy, size);
  if (memcmp(copy, data, size) != 0) check_load(copy, size, check_readers(copy, size));
  free(copy);
  HOLDS(tsrt_live_handles() == handles);
  return 0;
}
