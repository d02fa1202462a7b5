/* What crosses from Go in one piece. Go's memory may be given to C as an argument, and not within
 * other memory of Go's: so a tensor comes in parts, and is put together here. */
#ifndef TSRTGO_CALLS_H
#define TSRTGO_CALLS_H

#include <stdlib.h>
#include <tsrt.h>

/* By value: a pointer to a variable of Go's would have Go allocate it. */
typedef struct {
  tsrt_error *error;
  tsrt_managed_tensor *tensor;
} tsrtgo_result;

static inline tsrt_tensor tsrtgo_view(void *data, tsrt_dtype dtype, int32_t ndim, int64_t *dims) {
  tsrt_tensor tensor = {data, {TSRT_CPU, 0}, ndim, dtype, dims, dims + ndim, 0};
  return tensor;
}

static inline tsrtgo_result tsrtgo_copy(void *data, tsrt_dtype dtype, int32_t ndim, int64_t *dims,
                                        const char *device) {
  const tsrt_tensor view = tsrtgo_view(data, dtype, ndim, dims);
  tsrtgo_result result = {NULL, NULL};
  result.error = tsrt_tensor_copy(&view, device, &result.tensor);
  return result;
}

/* The usual call: one view goes in, one tensor comes out; none if forward gave none. */
static inline tsrtgo_result tsrtgo_forward_view(tsrt_model *model, void *data, tsrt_dtype dtype,
                                                int32_t ndim, int64_t *dims) {
  const tsrt_tensor view = tsrtgo_view(data, dtype, ndim, dims);
  tsrtgo_result result = {NULL, NULL};
  size_t n = 0;
  result.error = tsrt_model_forward(model, &view, 1, &result.tensor, 1, &n);
  return result;
}

/* Any other call: tensors, those of the inputs first. One without a shape is a view: it gets the next
 * of the memory and the next 2 * ndim of `dims`. */
enum { TSRTGO_VIEWS = 8 };
static inline tsrt_tensor *tsrtgo_whole(const tsrt_tensor *tensors, size_t n, int64_t *dims,
                                        void *const memory[TSRTGO_VIEWS]) {
  tsrt_tensor *whole = malloc((n + 1) * sizeof *whole);
  if (!whole) abort(); /* as Go does */
  for (size_t i = 0, view = 0; i < n; ++i) {
    whole[i] = tensors[i];
    if (whole[i].shape) continue;
    whole[i] = tsrtgo_view(memory[view++], whole[i].dtype, whole[i].ndim, dims);
    dims += 2 * whole[i].ndim;
  }
  return whole;
}

/* With `n_into`, that many tensors after the inputs are the places for the results; else results go
 * to `outputs`. */
static inline tsrt_error *tsrtgo_forward(tsrt_model *model, const tsrt_tensor *tensors,
                                         size_t n_inputs, size_t n_into,
                                         tsrt_managed_tensor **outputs, size_t capacity,
                                         size_t *n_outputs, int64_t *dims, void *m0, void *m1,
                                         void *m2, void *m3, void *m4, void *m5, void *m6,
                                         void *m7) {
  void *const memory[TSRTGO_VIEWS] = {m0, m1, m2, m3, m4, m5, m6, m7};
  tsrt_tensor *whole = tsrtgo_whole(tensors, n_inputs + n_into, dims, memory);
  tsrt_error *error =
      n_into ? tsrt_model_forward_into(model, whole, n_inputs, whole + n_inputs, n_into)
             : tsrt_model_forward(model, whole, n_inputs, outputs, capacity, n_outputs);
  free(whole);
  return error;
}

/* A quantized tensor as a value; the integers by themselves would be another tensor. */
static inline tsrt_error *tsrtgo_requantized(const tsrt_managed_tensor *integers,
                                             tsrt_value **value) {
  tsrt_managed_tensor *scales = NULL, *zero_points = NULL;
  int32_t axis = 0;
  tsrt_error *error =
      tsrt_managed_tensor_quantization(integers, &scales, &zero_points, &axis);
  if (!error) {
    error = tsrt_value_new_quantized(&integers->tensor, &scales->tensor, &zero_points->tensor,
                                     axis, value);
  }
  tsrt_managed_tensor_free(scales);
  tsrt_managed_tensor_free(zero_points);
  return error;
}

#endif
