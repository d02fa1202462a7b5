/* What the C tests share: checks that stop the program, and short ways to make tensors and models.
 *
 * Every program takes the folder of models as its only argument; files that a test makes go to the
 * working folder. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsrt.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define CHECK(condition) check(condition, #condition, __FILE__, __LINE__)
/* The call must succeed. */
#define CHECK_OK(call) check_ok(call, #call, __FILE__, __LINE__)
/* The call must fail with this code, and with this text somewhere in its message. */
#define CHECK_FAILS(call, code, part) check_fails(call, code, part, #call, __FILE__, __LINE__)

static inline void check(bool holds, const char *what, const char *file, int line) {
  if (holds) return;
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
  exit(1);
}

static inline void check_ok(tsrt_error *error, const char *what, const char *file, int line) {
  if (!error) return;
  fprintf(stderr, "%s:%d: %s: error %d: %s\n", file, line, what, (int)tsrt_error_code(error),
          tsrt_error_message(error));
  exit(1);
}

static inline void check_fails(tsrt_error *error, int32_t code, const char *part, const char *what,
                               const char *file, int line) {
  const char *message = tsrt_error_message(error);
  if (!error || tsrt_error_code(error) != code || !strstr(message, part)) {
    fprintf(stderr, "%s:%d: %s: wanted error %d with '%s', got %d with '%s'\n", file, line, what,
            (int)code, part, (int)tsrt_error_code(error), message);
    exit(1);
  }
  tsrt_error_free(error);
}

/* Every test ends so: whatever tsrt made has been freed. */
static inline int finish(void) {
  CHECK(tsrt_live_handles() == 0);
  return 0;
}

static const tsrt_dtype float32 = TSRT_FLOAT32;
static const tsrt_dtype int64 = TSRT_INT64;

/* A row-major view of the caller's memory on the host. */
static inline tsrt_tensor view(void *data, tsrt_dtype dtype, int32_t ndim, int64_t *shape) {
  const tsrt_tensor tensor = {data, {TSRT_CPU, 0}, ndim, dtype, shape, NULL, 0};
  return tensor;
}

static const char *models_folder = ".";

static inline tsrt_model *load(const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.pt", models_folder, name);
  tsrt_model *model = NULL;
  CHECK_OK(tsrt_model_load(path, NULL, &model));
  return model;
}

/* Every test begins so. */
static inline void begin(int argc, char **argv) {
  CHECK(argc == 2);
  models_folder = argv[1];
  CHECK(tsrt_live_handles() == 0);
}

/* Runs forward on one input, for one output. */
static inline tsrt_managed_tensor *forward(tsrt_model *model, const tsrt_tensor *input) {
  tsrt_managed_tensor *output = NULL;
  size_t n = 0;
  CHECK_OK(tsrt_model_forward(model, input, 1, &output, 1, &n));
  CHECK(n == 1 && output);
  return output;
}

/* Runs forward, which must fail and leave nothing behind. */
static inline tsrt_error *failing_forward(tsrt_model *model, const tsrt_tensor *inputs, size_t n) {
  tsrt_managed_tensor *outputs[3] = {(tsrt_managed_tensor *)outputs, NULL, NULL};
  size_t n_outputs = 7;
  tsrt_error *error = tsrt_model_forward(model, inputs, n, outputs, 3, &n_outputs);
  CHECK(n_outputs == 0 && !outputs[0] && !outputs[1] && !outputs[2]);
  return error;
}

static inline void *data_of(const tsrt_managed_tensor *tensor) {
  return (char *)tensor->tensor.data + tensor->tensor.byte_offset;
}

static inline bool same_dtype(tsrt_dtype a, tsrt_dtype b) {
  return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes;
}

static inline int64_t elements(const tsrt_tensor *tensor) {
  int64_t n = 1;
  for (int i = 0; i < tensor->ndim; ++i) n *= tensor->shape[i];
  return n;
}

/* Is it this many float32, in a row, with these values? Frees the tensor. */
static inline bool holds(tsrt_managed_tensor *tensor, size_t n, const float *values) {
  const bool same = same_dtype(tensor->tensor.dtype, float32) &&
                    elements(&tensor->tensor) == (int64_t)n &&
                    (n == 0 || memcmp(data_of(tensor), values, n * sizeof *values) == 0);
  tsrt_managed_tensor_free(tensor);
  return same;
}

static inline tsrt_value *new_int(int64_t i) {
  tsrt_value *value = NULL;
  CHECK_OK(tsrt_value_new_int(i, &value));
  return value;
}

static inline tsrt_value *new_string(const char *text) {
  tsrt_value *value = NULL;
  CHECK_OK(tsrt_value_new_string(text, strlen(text), &value));
  return value;
}

#endif /* CHECK_H */
