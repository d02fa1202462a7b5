/* The C ABI: tsrt_model_forward on a view that is made once, and the free of each output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsrt.h>

#include "rung.h"

typedef struct {
  tsrt_model *model;
  tsrt_tensor input;
  tsrt_managed_tensor *output;
} rung_state;

static int failed(tsrt_error *error) {
  if (!error) return 0;
  fprintf(stderr, "c_abi: %s\n", tsrt_error_message(error));
  tsrt_error_free(error);
  return -1;
}

void *rung_new(const char *path, float *data, int64_t *shape, int32_t ndim) {
  rung_state *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->input = (tsrt_tensor){data, {TSRT_CPU, 0}, ndim, TSRT_FLOAT32, shape, NULL, 0};
  if (!failed(tsrt_model_load(path, NULL, &self->model))) return self;
  free(self);
  return NULL;
}

int rung_run(void *rung, int64_t calls) {
  rung_state *self = rung;
  size_t n_outputs;
  for (int64_t i = 0; i < calls; ++i) {
    tsrt_managed_tensor_free(self->output);
    tsrt_error *error =
        tsrt_model_forward(self->model, &self->input, 1, &self->output, 1, &n_outputs);
    if (error) return failed(error);
  }
  return 0;
}

int64_t rung_output(const void *rung, float *copy, int64_t capacity) {
  const rung_state *self = rung;
  const tsrt_tensor *output = &self->output->tensor;
  int64_t n = 1;
  for (int32_t i = 0; i < output->ndim; ++i) n *= output->shape[i];
  const char *data = (const char *)output->data + output->byte_offset;
  memcpy(copy, data, sizeof *copy * (size_t)(n < capacity ? n : capacity));
  return n;
}
