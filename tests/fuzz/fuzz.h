/* What the fuzz targets share. A target is a program of its own: libFuzzer calls
 * LLVMFuzzerTestOneInput with inputs that it makes up, replay.c with those of files. What must not
 * happen aborts.
 *
 * The folder of models is in the environment variable TSRT_FUZZ_MODELS. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsrt.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HOLDS(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                       \
    }                                                                                \
  } while (0)

/* The input, taken from its beginning. Past its end come zeros. */
typedef struct {
  const uint8_t *data;
  size_t size;
} fuzz_input;

static inline uint8_t take_byte(fuzz_input *in) {
  if (in->size == 0) return 0;
  --in->size;
  return *in->data++;
}

static inline uint64_t take_bytes(fuzz_input *in, int n) {
  uint64_t value = 0;
  for (int i = 0; i < n; ++i) value |= (uint64_t)take_byte(in) << 8 * i;
  return value;
}

/* Mostly a small number, else one at an edge, else any. */
static inline int64_t take_number(fuzz_input *in) {
  static const int64_t edges[] = {-1, INT64_MIN, INT64_MAX, INT32_MAX, INT32_MIN, 1LL << 32,
                                  65, 64,        4096,      1LL << 62, 1LL << 20, 255};
  const uint8_t kind = take_byte(in);
  if (kind < 200) return kind % 20;
  if (kind < 250) return edges[(kind - 200) % COUNT(edges)];
  return (int64_t)take_bytes(in, 8);
}

/* Text up to the next zero byte or the end of the input. */
static inline char *take_text(fuzz_input *in) {
  const uint8_t *end = in->size ? memchr(in->data, 0, in->size) : NULL;
  const size_t n = end ? (size_t)(end - in->data) : in->size;
  char *text = malloc(n + 1);
  HOLDS(text);
  if (n) memcpy(text, in->data, n);
  text[n] = 0;
  in->data += n < in->size ? n + 1 : n;
  in->size -= n < in->size ? n + 1 : n;
  return text;
}

/* Frees an error; true if there was one. Its code is known and its message one line. */
static inline bool failed(tsrt_error *error) {
  if (!error) return false;
  const char *message = tsrt_error_message(error);
  const int32_t code = tsrt_error_code(error);
  HOLDS(code >= TSRT_INVALID_ARGUMENT && code <= TSRT_INTERNAL);
  HOLDS(*message && !strchr(message, '\n'));
  if (code == TSRT_INTERNAL) fprintf(stderr, "internal error: %s\n", message);
  HOLDS(code != TSRT_INTERNAL);
  tsrt_error_free(error);
  return true;
}

static inline tsrt_model *fuzz_model(const char *name) {
  const char *folder = getenv("TSRT_FUZZ_MODELS");
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.pt", folder ? folder : ".", name);
  tsrt_model *model = NULL;
  tsrt_error *error = tsrt_model_load(path, NULL, &model);
  if (error) fprintf(stderr, "%s: set TSRT_FUZZ_MODELS\n", tsrt_error_message(error));
  HOLDS(!error);
  return model;
}

#endif /* FUZZ_H */
