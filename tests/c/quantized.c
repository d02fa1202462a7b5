/* Quantized tensors, in and out: their integers, and what those stand for. */
#include "calls.h"

static const tsrt_dtype int8 = TSRT_INT8;
static const tsrt_dtype uint8 = TSRT_UINT8;
static const tsrt_dtype float64 = TSRT_FLOAT64;

static tsrt_managed_tensor *tensor_in(tsrt_value *value) {
  tsrt_managed_tensor *tensor = NULL;
  CHECK_OK(tsrt_value_get_tensor(value, &tensor));
  tsrt_value_free(value);
  return tensor;
}

static bool stands_for(const tsrt_managed_tensor *tensor, size_t n, const float *numbers) {
  tsrt_managed_tensor *found = NULL;
  CHECK_OK(tsrt_managed_tensor_dequantize(tensor, &found));
  return found->flags == 0 && holds(found, n, numbers);
}

/* uint8, scale 0.5, zero point 10, as the model "quantized" makes them of 1, 2, -1. */
static void check_per_tensor(tsrt_managed_tensor *tensor) {
  tsrt_managed_tensor *scales = NULL, *zero_points = NULL, *shared = NULL;
  int32_t axis = 7;
  CHECK(tensor->flags == TSRT_QUANTIZED && same_dtype(tensor->tensor.dtype, uint8));
  CHECK(memcmp(data_of(tensor), (uint8_t[]){12, 14, 8}, 3) == 0);
  CHECK_OK(tsrt_managed_tensor_share(tensor, &shared));
  tsrt_managed_tensor_free(tensor);
  CHECK(shared->flags == TSRT_QUANTIZED);
  CHECK_OK(tsrt_managed_tensor_quantization(shared, &scales, &zero_points, &axis));
  CHECK(axis == -1 && scales->tensor.ndim == 0 && zero_points->tensor.ndim == 0);
  CHECK(same_dtype(scales->tensor.dtype, float64) && same_dtype(zero_points->tensor.dtype, int64));
  CHECK(*(double *)data_of(scales) == 0.5 && *(int64_t *)data_of(zero_points) == 10);
  CHECK(stands_for(shared, 3, (float[]){1, 2, -1}));
  tsrt_managed_tensor_free(shared);
  tsrt_managed_tensor_free(scales);
  tsrt_managed_tensor_free(zero_points);
}

static void test_per_tensor_out(tsrt_model *model) {
  float data[3] = {1, 2, -1};
  int64_t shape[1] = {3};
  const tsrt_tensor x = view(data, float32, 1, shape);
  check_per_tensor(forward(model, &x));
  check_per_tensor(tensor_in(run(model, "forward", TUPLE(new_row(data, 3)), NULL)));
}

static void test_per_channel_out(tsrt_model *model) {
  float data[4] = {1, 2, 4, 8};
  int64_t shape[2] = {2, 2};
  const tsrt_tensor x = view(data, float32, 2, shape);
  tsrt_value *value = NULL;
  tsrt_managed_tensor *scales = NULL, *zero_points = NULL;
  int32_t axis = 7;
  CHECK_OK(tsrt_value_new_tensor(&x, &value));
  tsrt_managed_tensor *tensor = tensor_in(run(model, "by_row", TUPLE(value), NULL));
  CHECK(tensor->flags == TSRT_QUANTIZED && same_dtype(tensor->tensor.dtype, int8));
  CHECK(memcmp(data_of(tensor), (int8_t[]){2, 4, 5, 7}, 4) == 0);
  CHECK_OK(tsrt_managed_tensor_quantization(tensor, &scales, &zero_points, &axis));
  CHECK(axis == 0 && scales->tensor.ndim == 1 && scales->tensor.shape[0] == 2);
  CHECK(zero_points->tensor.ndim == 1 && zero_points->tensor.shape[0] == 2);
  CHECK(memcmp(data_of(scales), (double[]){0.5, 2}, 16) == 0);
  CHECK(memcmp(data_of(zero_points), (int64_t[]){0, 3}, 16) == 0);
  CHECK(stands_for(tensor, 4, data));
  tsrt_managed_tensor_free(tensor);
  tsrt_managed_tensor_free(scales);
  tsrt_managed_tensor_free(zero_points);
}

/* A value of int8 integers 2 x 2, with so many scales and zero points. */
static tsrt_error *make(int64_t n, int32_t axis, tsrt_value **value) {
  int8_t integers[4] = {1, 2, 3, 4};
  double scales[3] = {0.5, 2, 3};
  int64_t zero_points[3] = {1, 0, 0}, square[2] = {2, 2};
  const tsrt_tensor i = view(integers, int8, 2, square), s = view(scales, float64, 1, &n);
  const tsrt_tensor z = view(zero_points, int64, 1, &n);
  tsrt_error *error = tsrt_value_new_quantized(&i, &s, &z, axis, value);
  memset(integers, 0, sizeof integers); /* all of it was copied */
  memset(scales, 0, sizeof scales);
  return error;
}

static void test_in(tsrt_model *model) {
  tsrt_value *value = NULL;
  CHECK_OK(make(1, -1, &value));
  tsrt_managed_tensor *tensor = tensor_in(run(model, "same", TUPLE(again(value)), NULL));
  CHECK(tensor->flags == TSRT_QUANTIZED && stands_for(tensor, 4, (float[]){0, 0.5, 1, 1.5}));
  tsrt_managed_tensor_free(tensor);
  CHECK(value_holds(run(model, "numbers", TUPLE(value), NULL), 4, (float[]){0, 0.5, 1, 1.5}));
  CHECK_OK(make(2, 0, &value));
  CHECK(value_holds(run(model, "numbers", TUPLE(value), NULL), 4, (float[]){0, 0.5, 6, 8}));
  CHECK_OK(make(2, 1, &value));
  tensor = tensor_in(value);
  CHECK(tensor->flags == TSRT_QUANTIZED && stands_for(tensor, 4, (float[]){0, 4, 1, 8}));
  tsrt_managed_tensor_free(tensor);
}

static void test_refused(void) {
  float data[1] = {1};
  const tsrt_tensor x = view(data, float32, 0, NULL);
  tsrt_value *value = (tsrt_value *)&value;
  CHECK_FAILS(make(2, -1, &value), invalid, "there are 2 scales");
  CHECK(!value);
  CHECK_FAILS(make(3, 0, &value), invalid, "axis 0 needs 2 of each");
  CHECK_FAILS(make(2, 2, &value), invalid, "axis is 2");
  CHECK_FAILS(make(1, -1, NULL), invalid, "value is NULL");
  CHECK_FAILS(tsrt_value_new_quantized(&x, &x, &x, -1, &value), invalid,
              "are float32 and have to be int8");
  CHECK_FAILS(tsrt_value_new_quantized(NULL, &x, &x, -1, &value), invalid, "NULL");
  CHECK_FAILS(tsrt_value_new_quantized(&x, NULL, &x, -1, &value), invalid, "NULL");
  CHECK_FAILS(tsrt_value_new_quantized(&x, &x, NULL, -1, &value), invalid, "NULL");
  CHECK(!value);
}

static void test_plain_and_null(tsrt_model *model) {
  float data[3] = {1, 2, -1};
  int64_t shape[1] = {3};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_managed_tensor *plain = NULL, *quantized = forward(model, &x);
  tsrt_managed_tensor *a = (tsrt_managed_tensor *)&a, *b = a;
  int32_t axis = 7;
  CHECK_OK(tsrt_tensor_copy(&x, "cpu", &plain));
  CHECK_FAILS(tsrt_managed_tensor_quantization(plain, &a, &b, &axis), invalid, "not a quantized");
  CHECK(!a && !b && axis == 0);
  CHECK_FAILS(tsrt_managed_tensor_dequantize(plain, &a), invalid, "not a quantized");
  CHECK_FAILS(tsrt_managed_tensor_quantization(NULL, &a, &b, &axis), invalid, "tensor is NULL");
  CHECK_FAILS(tsrt_managed_tensor_quantization(quantized, NULL, &b, &axis), invalid, "NULL");
  CHECK_FAILS(tsrt_managed_tensor_quantization(quantized, &a, NULL, &axis), invalid, "NULL");
  CHECK_FAILS(tsrt_managed_tensor_quantization(quantized, &a, &b, NULL), invalid, "NULL");
  CHECK_FAILS(tsrt_managed_tensor_dequantize(NULL, &a), invalid, "tensor is NULL");
  CHECK_FAILS(tsrt_managed_tensor_dequantize(quantized, NULL), invalid, "numbers is NULL");
  CHECK(!a && !b);
  tsrt_managed_tensor_free(plain);
  tsrt_managed_tensor_free(quantized);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  tsrt_model *model = load("quantized");
  test_per_tensor_out(model);
  test_per_channel_out(model);
  test_in(model);
  test_refused();
  test_plain_and_null(model);
  tsrt_model_free(model);
  return finish();
}
