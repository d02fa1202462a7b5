/* Tensor descriptors, good and bad, and tensors that own their memory. */
#include "check.h"

/* ---- the descriptor ---- */

/* A malformed tensor is refused in the same words by everything that takes one. */
static void refused(tsrt_model *identity, const tsrt_tensor *x, int32_t code, const char *part) {
  tsrt_managed_tensor *copy = (tsrt_managed_tensor *)&copy; /* something that is not NULL */
  tsrt_value *value = (tsrt_value *)&value;
  CHECK_FAILS(tsrt_tensor_copy(x, "cpu", &copy), code, part);
  CHECK_FAILS(tsrt_value_new_tensor(x, &value), code, part);
  CHECK(!copy && !value);
  CHECK_FAILS(failing_forward(identity, x, 1), code, part);
  float room[1] = {0};
  int64_t shape[1] = {1};
  const tsrt_tensor out = view(room, float32, 1, shape);
  CHECK_FAILS(tsrt_model_forward_into(identity, x, 1, &out, 1), code, part);
  CHECK_FAILS(tsrt_model_forward_into(identity, &out, 1, x, 1), code, part);
  CHECK(holds(forward(identity, &out), 1, room)); /* the model is as usable as before */
}

static void test_bad_shape(tsrt_model *identity) {
  float data[6] = {0};
  int64_t shape[65] = {2, 3};
  tsrt_tensor x = view(data, float32, -1, shape);
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "ndim -1");
  x.ndim = 65;
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "ndim 65");
  x = view(data, float32, 2, NULL);
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "shape is NULL");
  x.shape = shape;
  shape[1] = -3;
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "size -3 in dimension 1");
  shape[0] = 0; /* also when there are no elements anyway */
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "size -3 in dimension 1");
  shape[0] = shape[1] = INT64_C(1) << 32;
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "63 bits");
  shape[0] = INT64_MAX; /* elements fit, bytes do not */
  shape[1] = 1;
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "63 bits");
}

static void test_bad_strides(tsrt_model *identity) {
  float data[6] = {0};
  int64_t shape[2] = {2, 3}, strides[2] = {3, -1};
  tsrt_tensor x = view(data, float32, 2, shape);
  x.strides = strides;
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "stride -1 in dimension 1");
  strides[1] = INT64_MAX;
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "63 bits");
  strides[1] = INT64_MAX / 4; /* elements fit, bytes do not */
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "63 bits");
}

static void test_bad_data(tsrt_model *identity) {
  double data[4] = {0};
  int64_t shape[1] = {2};
  tsrt_tensor x = view(NULL, float32, 1, shape);
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "the pointer is NULL");
  x.byte_offset = 8;
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "the pointer is NULL");
  x = view((char *)data + 2, float32, 1, shape);
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "not aligned");
  x.data = data;
  x.byte_offset = 1;
  refused(identity, &x, TSRT_INVALID_ARGUMENT, "not aligned");
}

static void test_bad_dtype(tsrt_model *identity) {
  float data[2] = {0};
  int64_t shape[1] = {1};
  const tsrt_dtype bad[] = {{200, 32, 1},     {TSRT_FLOAT, 32, 2},  {TSRT_FLOAT, 32, 0},
                            {TSRT_INT, 7, 1}, {TSRT_FLOAT, 128, 1}, {3 /* opaque handle */, 64, 1}};
  for (size_t i = 0; i < COUNT(bad); ++i) {
    const tsrt_tensor x = view(data, bad[i], 1, shape);
    refused(identity, &x, TSRT_INVALID_ARGUMENT, "element type");
  }
}

static void test_bad_device(tsrt_model *identity) {
  float data[1] = {0};
  int64_t shape[1] = {1};
  tsrt_tensor x = view(data, float32, 1, shape);
  x.device.type = 99;
  refused(identity, &x, TSRT_DEVICE, "99");
  x.device.type = -1;
  refused(identity, &x, TSRT_DEVICE, "-1");
  x.device.type = TSRT_CUDA;
  x.device.id = 1000; /* absent on every machine */
  refused(identity, &x, TSRT_DEVICE, "cpu");
}

/* ---- what is allowed ---- */

static const tsrt_dtype all_dtypes[] = {TSRT_FLOAT32,
                                        TSRT_FLOAT64,
                                        TSRT_FLOAT16,
                                        TSRT_BFLOAT16,
                                        TSRT_INT8,
                                        TSRT_INT16,
                                        TSRT_INT32,
                                        TSRT_INT64,
                                        TSRT_UINT8,
                                        TSRT_BOOL8,
                                        {TSRT_UINT, 16, 1},
                                        {TSRT_UINT, 32, 1},
                                        {TSRT_UINT, 64, 1},
                                        {TSRT_COMPLEX, 32, 1},
                                        {TSRT_COMPLEX, 64, 1},
                                        {TSRT_COMPLEX, 128, 1},
                                        {TSRT_FLOAT8_E4M3FN, 8, 1},
                                        {TSRT_FLOAT8_E4M3FNUZ, 8, 1},
                                        {TSRT_FLOAT8_E5M2, 8, 1},
                                        {TSRT_FLOAT8_E5M2FNUZ, 8, 1},
                                        {TSRT_FLOAT8_E8M0FNU, 8, 1}};

static bool equal(const tsrt_managed_tensor *tensor, const tsrt_tensor *to, size_t bytes) {
  return tensor->tensor.ndim == to->ndim && same_dtype(tensor->tensor.dtype, to->dtype) &&
         tensor->tensor.device.type == TSRT_CPU && elements(&tensor->tensor) == elements(to) &&
         memcmp(data_of(tensor), to->data, bytes) == 0;
}

/* Every element type goes in and comes out, bit for bit, in memory of its own. */
static void test_dtypes(tsrt_model *identity) {
  _Alignas(16) unsigned char data[6 * 16] = {0};
  for (size_t i = 0; i < sizeof data; ++i) data[i] = i % 2; /* also right for bool */
  int64_t shape[2] = {2, 3};
  for (size_t i = 0; i < COUNT(all_dtypes); ++i) {
    const size_t bytes = 6u * all_dtypes[i].bits / 8;
    const tsrt_tensor x = view(data, all_dtypes[i], 2, shape);
    tsrt_managed_tensor *y = forward(identity, &x), *copy = NULL;
    CHECK(equal(y, &x, bytes) && data_of(y) != data);
    CHECK_OK(tsrt_tensor_copy(&x, "cpu", &copy));
    CHECK(equal(copy, &x, bytes) && data_of(copy) != data);
    tsrt_managed_tensor_free(y);
    tsrt_managed_tensor_free(copy);
  }
}

static tsrt_managed_tensor *copied(const tsrt_tensor *x) {
  tsrt_managed_tensor *copy = NULL;
  CHECK_OK(tsrt_tensor_copy(x, "cpu", &copy));
  CHECK(copy->version.major == 1 && copy->deleter && copy->flags == 0);
  CHECK(copy->tensor.shape != x->shape && copy->tensor.device.type == TSRT_CPU);
  int64_t step = 1; /* the copy is row-major */
  for (int i = copy->tensor.ndim; i-- > 0;) {
    CHECK(copy->tensor.shape[i] == x->shape[i]);
    CHECK(copy->tensor.strides[i] == step);
    step *= x->shape[i] > 1 ? x->shape[i] : 1;
  }
  return copy;
}

static void test_layouts(void) {
  float data[6] = {1, 2, 3, 4, 5, 6};
  int64_t shape[2] = {3, 2}, strides[2] = {1, 3};
  tsrt_tensor x = view(data, float32, 2, shape);
  x.strides = strides; /* the transpose of a 2 x 3 array */
  CHECK(holds(copied(&x), 6, (float[]){1, 4, 2, 5, 3, 6}));
  strides[0] = 0;
  strides[1] = 2; /* every other element, three times over */
  CHECK(holds(copied(&x), 6, (float[]){1, 3, 1, 3, 1, 3}));
  strides[1] = 0;
  x.byte_offset = 4 * sizeof *data;
  CHECK(holds(copied(&x), 6, (float[]){5, 5, 5, 5, 5, 5}));
}

static void test_scalars_and_empties(tsrt_model *identity) {
  float data[1] = {7};
  int64_t shape[64] = {0};
  tsrt_tensor x = view(data, float32, 0, NULL);
  CHECK(holds(copied(&x), 1, data));
  CHECK(holds(forward(identity, &x), 1, data));
  x = view(NULL, float32, 1, shape); /* no elements, so no memory either */
  CHECK(holds(copied(&x), 0, NULL));
  x = view((char *)data + 1, float32, 1, shape); /* nor alignment */
  CHECK(holds(copied(&x), 0, NULL));
  shape[0] = 5;
  x = view(NULL, float32, 2, shape); /* 5 x 0 */
  CHECK(holds(copied(&x), 0, NULL));
  CHECK(holds(forward(identity, &x), 0, NULL));
  for (int i = 0; i < 64; ++i) shape[i] = 1;
  x = view(data, float32, 64, shape);
  CHECK(holds(copied(&x), 1, data));
  CHECK(holds(forward(identity, &x), 1, data));
}

/* ---- copies and handles ---- */

static void test_copy_arguments(void) {
  float number = 1;
  const tsrt_tensor x = view(&number, float32, 0, NULL);
  tsrt_managed_tensor *copy = (tsrt_managed_tensor *)&copy;
  CHECK_FAILS(tsrt_tensor_copy(NULL, "cpu", &copy), TSRT_INVALID_ARGUMENT, "source is NULL");
  CHECK_FAILS(tsrt_tensor_copy(&x, NULL, &copy), TSRT_INVALID_ARGUMENT, "device name");
  CHECK_FAILS(tsrt_tensor_copy(&x, "", &copy), TSRT_INVALID_ARGUMENT, "device name");
  CHECK_FAILS(tsrt_tensor_copy(&x, "cpu", NULL), TSRT_INVALID_ARGUMENT, "copy is NULL");
  const char *absent[] = {"cuda:127", "nonsense", "cuda:", "cuda:-1", "meta", "CPU"};
  for (size_t i = 0; i < COUNT(absent); ++i)
    CHECK_FAILS(tsrt_tensor_copy(&x, absent[i], &copy), TSRT_DEVICE, "has cpu");
  char *devices = NULL;
  CHECK_OK(tsrt_devices(&devices));
  if (!strstr(devices, "cuda"))
    CHECK_FAILS(tsrt_tensor_copy(&x, "cuda", &copy), TSRT_DEVICE, "has cpu");
  tsrt_string_free(devices);
  CHECK(!copy);
}

static void test_share(void) {
  float data[2] = {1, 2};
  int64_t shape[1] = {2};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_managed_tensor *first = copied(&x), *second = NULL, *third = NULL;
  CHECK_OK(tsrt_managed_tensor_share(first, &second));
  CHECK_OK(tsrt_managed_tensor_share(second, &third));
  CHECK(tsrt_live_handles() == 3);
  CHECK(data_of(first) == data_of(second) && data_of(first) == data_of(third));
  CHECK(first->tensor.shape != second->tensor.shape);
  ((float *)data_of(first))[0] = 9;
  tsrt_managed_tensor_free(first);
  tsrt_managed_tensor_free(second);
  CHECK(holds(third, 2, (float[]){9, 2}));
}

static int foreign_freed = 0;
static void foreign_deleter(tsrt_managed_tensor *self) {
  foreign_freed += self != NULL;
}

static void test_foreign(void) {
  tsrt_managed_tensor foreign = {{1, 0}, NULL, foreign_deleter, 0, {0}};
  tsrt_managed_tensor *shared = (tsrt_managed_tensor *)&shared;
  CHECK_FAILS(tsrt_managed_tensor_share(NULL, &shared), TSRT_INVALID_ARGUMENT, "tensor is NULL");
  CHECK_FAILS(tsrt_managed_tensor_share(&foreign, NULL), TSRT_INVALID_ARGUMENT, "shared is NULL");
  CHECK_FAILS(tsrt_managed_tensor_share(&foreign, &shared), TSRT_INVALID_ARGUMENT, "not made by");
  CHECK(!shared && foreign_freed == 0);
  tsrt_managed_tensor_free(&foreign);
  CHECK(foreign_freed == 1);
  foreign.deleter = NULL; /* DLPack allows it: nothing to do */
  tsrt_managed_tensor_free(&foreign);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  tsrt_model *identity = load("identity");
  test_bad_shape(identity);
  test_bad_strides(identity);
  test_bad_data(identity);
  test_bad_dtype(identity);
  test_bad_device(identity);
  test_dtypes(identity);
  test_layouts();
  test_scalars_and_empties(identity);
  tsrt_model_free(identity);
  test_copy_arguments();
  test_share();
  test_foreign();
  return finish();
}
