/* tsrt_model_forward: tensors in, new tensors out. */
#include "check.h"

static const int32_t invalid = TSRT_INVALID_ARGUMENT;

static void test_null_arguments(void) {
  tsrt_model *model = load("identity");
  float data[2] = {1, 2};
  int64_t shape[1] = {2};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_managed_tensor *y = (tsrt_managed_tensor *)&y; /* something that is not NULL */
  size_t n = 7;
  CHECK_FAILS(tsrt_model_forward(NULL, &x, 1, &y, 1, &n), invalid, "model is NULL");
  CHECK(!y && n == 0);
  CHECK_FAILS(tsrt_model_forward(model, NULL, 1, &y, 1, &n), invalid, "inputs is NULL");
  CHECK_FAILS(tsrt_model_forward(model, &x, 1, NULL, 1, &n), invalid, "outputs is NULL");
  CHECK_FAILS(tsrt_model_forward(model, &x, 1, &y, 1, NULL), invalid, "n_outputs is NULL");
  CHECK_FAILS(tsrt_model_forward(model, &x, 1, NULL, 0, &n), invalid, "room for 0");
  CHECK(holds(forward(model, &x), 2, data));
  tsrt_model_free(model);
}

static void test_wrong_inputs(void) {
  tsrt_model *model = load("linear");
  int64_t whole[4] = {1, 2, 3, 4}, shape[1] = {4}, three[1] = {3};
  float data[4] = {1, 2, 3, 4};
  const tsrt_tensor x[2] = {view(data, float32, 1, shape), view(data, float32, 1, shape)};
  CHECK_FAILS(failing_forward(model, x, 0), invalid, "needs its argument 'x'");
  CHECK_FAILS(failing_forward(model, NULL, 0), invalid, "needs its argument 'x'");
  CHECK_FAILS(failing_forward(model, x, 2), invalid, "takes 1 argument and 2 were given");
  const tsrt_tensor wrong_type = view(whole, int64, 1, shape);
  CHECK_FAILS(failing_forward(model, &wrong_type, 1), TSRT_MODEL_ERROR, "int64[4]");
  const tsrt_tensor wrong_shape = view(data, float32, 1, three);
  CHECK_FAILS(failing_forward(model, &wrong_shape, 1), TSRT_MODEL_ERROR, "float32[3]");
  tsrt_managed_tensor *y = forward(model, x); /* as usable as before */
  CHECK(elements(&y->tensor) == 2);
  tsrt_managed_tensor_free(y);
  tsrt_model_free(model);
  model = load("no_forward");
  CHECK_FAILS(failing_forward(model, x, 1), TSRT_NOT_FOUND, "no method 'forward'");
  tsrt_model_free(model);
}

static void test_optional_inputs(void) {
  tsrt_model *model = load("scalars"); /* x * scale + shift, negated if so wished */
  float data[2] = {1, 2};
  double scale[2] = {10, 20};
  int64_t shift = 5, shape[1] = {2};
  bool negate = true;
  const tsrt_dtype float64 = TSRT_FLOAT64, bool8 = TSRT_BOOL8;
  tsrt_tensor x[5] = {view(data, float32, 1, shape), view(scale, float64, 0, NULL),
                      view(&shift, int64, 0, NULL), view(&negate, bool8, 0, NULL),
                      view(data, float32, 1, shape)};
  CHECK(holds(forward(model, x), 2, (float[]){3, 5}));
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  CHECK_OK(tsrt_model_forward(model, x, 2, &y, 1, &n));
  CHECK(holds(y, 2, (float[]){11, 21}));
  CHECK_OK(tsrt_model_forward(model, x, 4, &y, 1, &n));
  CHECK(holds(y, 2, (float[]){-15, -25}));
  x[1] = view(scale, float64, 1, shape); /* two elements are no number */
  CHECK_FAILS(failing_forward(model, x, 2), invalid, "argument 'scale'");
  CHECK_FAILS(failing_forward(model, x, 5), invalid, "5 were given");
  tsrt_model_free(model);
}

static void test_tuple(void) {
  tsrt_model *model = load("tuple_out");
  float a[2] = {5, 6}, b[2] = {2, 3};
  int64_t shape[1] = {2};
  const tsrt_tensor x[2] = {view(a, float32, 1, shape), view(b, float32, 1, shape)};
  tsrt_managed_tensor *y[5], *not_null = (tsrt_managed_tensor *)y;
  size_t n = 0;
  for (size_t i = 0; i < 5; ++i) y[i] = not_null;
  CHECK_OK(tsrt_model_forward(model, x, 2, y, 5, &n));
  CHECK(n == 3 && !y[3] && !y[4]);
  tsrt_model_free(model); /* the outputs outlive the model and the inputs */
  memset(a, 0, sizeof a);
  memset(b, 0, sizeof b);
  CHECK(holds(y[2], 2, (float[]){10, 18}));
  CHECK(holds(y[0], 2, (float[]){7, 9}));
  CHECK(holds(y[1], 2, (float[]){3, 3}));
}

static void test_named_tuple(void) {
  tsrt_model *model = load("named_tuple_out");
  float data[3] = {2, 1, 3};
  int64_t shape[1] = {3};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_managed_tensor *y[2] = {NULL};
  size_t n = 0;
  CHECK_OK(tsrt_model_forward(model, &x, 1, y, 2, &n));
  CHECK(n == 2 && y[0]->tensor.ndim == 0);
  CHECK(holds(y[0], 1, (float[]){1}));
  CHECK(holds(y[1], 1, (float[]){3}));
  tsrt_model_free(model);
}

/* How long a list is, only the run tells. */
static void test_list(void) {
  tsrt_model *model = load("list_out");
  float data[6] = {1, 2, 3, 4, 5, 6};
  int64_t shape[2] = {3, 2};
  const tsrt_tensor x = view(data, float32, 2, shape);
  tsrt_managed_tensor *y[3] = {NULL};
  size_t n = 7;
  CHECK_FAILS(tsrt_model_forward(model, &x, 1, y, 2, &n), invalid, "returned 3 tensors");
  CHECK(n == 0 && !y[0] && !y[1]);
  CHECK_OK(tsrt_model_forward(model, &x, 1, y, 3, &n));
  CHECK(n == 3 && holds(y[0], 2, (float[]){2, 4}) && holds(y[1], 2, (float[]){6, 8}) &&
        holds(y[2], 2, (float[]){10, 12}));
  shape[0] = 0;
  CHECK_OK(tsrt_model_forward(model, &x, 1, NULL, 0, &n)); /* an empty list needs no room */
  CHECK(n == 0);
  tsrt_model_free(model);
}

/* With too little room for a tuple, the model does not run at all. */
static void test_capacity(void) {
  tsrt_model *model = load("counter");
  float data[1] = {10};
  int64_t shape[1] = {1};
  const tsrt_tensor x = view(data, float32, 1, shape);
  size_t n = 7;
  CHECK_FAILS(tsrt_model_forward(model, &x, 1, NULL, 0, &n), invalid, "room for 0");
  CHECK_FAILS(tsrt_model_forward_into(model, &x, 1, NULL, 0), invalid, "room for 0");
  CHECK(n == 0);
  CHECK(holds(forward(model, &x), 1, (float[]){11}));
  tsrt_model_free(model);
}

static void test_results_beyond_tensors(void) {
  tsrt_model *model = load("dict_out");
  float data[1] = {1};
  int64_t shape[1] = {1};
  const tsrt_tensor x = view(data, float32, 1, shape);
  CHECK_FAILS(failing_forward(model, &x, 1), TSRT_UNSUPPORTED, "tsrt_model_run");
  tsrt_model_free(model);
  model = load("sparse");
  CHECK_FAILS(failing_forward(model, &x, 1), TSRT_UNSUPPORTED, "sparse");
  tsrt_model_free(model);
  model = load("writes_list"); /* it takes a list, and tensors are none */
  CHECK_FAILS(failing_forward(model, &x, 1), invalid, "argument 'xs'");
  tsrt_model_free(model);
}

static void test_no_inputs(void) {
  tsrt_model *model = load("no_arguments");
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  CHECK_OK(tsrt_model_forward(model, NULL, 0, &y, 1, &n));
  CHECK(n == 1 && same_dtype(y->tensor.dtype, int64));
  CHECK(memcmp(data_of(y), (int64_t[]){0, 1, 2}, 3 * sizeof(int64_t)) == 0);
  tsrt_managed_tensor_free(y);
  tsrt_model_free(model);
}

static void test_raises(void) {
  tsrt_model *model = load("raises");
  float data[1] = {1};
  int64_t shape[1] = {1};
  const tsrt_tensor x = view(data, float32, 1, shape);
  CHECK_FAILS(failing_forward(model, &x, 1), TSRT_MODEL_ERROR, "the sum is positive");
  data[0] = -1;
  CHECK(holds(forward(model, &x), 1, (float[]){-1}));
  tsrt_model_free(model);
}

/* An output that would be the input's memory is memory of its own, whatever its strides. */
static void test_own_memory(void) {
  tsrt_model *model = load("identity");
  float data[6] = {1, 2, 3, 4, 5, 6};
  int64_t shape[2] = {3, 2}, strides[2] = {1, 3};
  tsrt_tensor x = view(data, float32, 2, shape);
  x.strides = strides;
  for (int round = 0; round < 2; ++round) {
    tsrt_managed_tensor *y = forward(model, &x), *copy = NULL;
    CHECK((char *)data_of(y) >= (char *)(data + 6) || (char *)data_of(y) < (char *)data);
    *(float *)data_of(y) += 0; /* it can be written to */
    CHECK_OK(tsrt_tensor_copy(&y->tensor, "cpu", &copy));
    tsrt_managed_tensor_free(y);
    CHECK(holds(copy, 6, round ? (float[]){1, 1, 2, 2, 3, 3} : (float[]){1, 4, 2, 5, 3, 6}));
    strides[1] = 0; /* and then every row is one element, twice */
  }
  tsrt_model_free(model);
}

/* Outputs that the model gives twice are two tensors. */
static void test_same_outputs(void) {
  tsrt_model *model = load("same");
  float data[2] = {1, 2};
  int64_t shape[1] = {2};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_managed_tensor *y[3] = {NULL};
  size_t n = 0;
  CHECK_OK(tsrt_model_forward(model, &x, 1, y, 3, &n));
  CHECK(n == 3 && data_of(y[0]) != data_of(y[1]) && data_of(y[1]) != data_of(y[2]) &&
        data_of(y[0]) != data_of(y[2]));
  *(float *)data_of(y[0]) = 100;
  CHECK(holds(y[1], 2, (float[]){2, 3}));
  CHECK(holds(y[2], 1, (float[]){2}));
  CHECK(holds(y[0], 2, (float[]){100, 3}));
  tsrt_model_free(model);
}

static void test_views(void) {
  tsrt_model *model = load("views"); /* x[1:] and the transpose */
  float data[4] = {1, 2, 3, 4};
  int64_t shape[2] = {2, 2};
  const tsrt_tensor x = view(data, float32, 2, shape);
  tsrt_managed_tensor *y[2] = {NULL}, *copy = NULL;
  size_t n = 0;
  CHECK_OK(tsrt_model_forward(model, &x, 1, y, 2, &n));
  memset(data, 0, sizeof data);
  CHECK(n == 2 && y[0]->tensor.shape[0] == 1);
  CHECK(holds(y[0], 2, (float[]){3, 4}));
  CHECK_OK(tsrt_tensor_copy(&y[1]->tensor, "cpu", &copy));
  CHECK(holds(copy, 4, (float[]){1, 3, 2, 4}));
  tsrt_managed_tensor_free(y[1]);
  tsrt_model_free(model);
}

static void test_writes_input(void) {
  tsrt_model *model = load("writes_input"); /* adds one to x in place, then multiplies by y */
  static const float constant[2] = {1, 2};  /* in memory that cannot be written to */
  float three = 3;
  int64_t shape[1] = {2};
  int64_t strides[1] = {0};
  tsrt_tensor x[2] = {view((void *)constant, float32, 1, shape), view(&three, float32, 0, NULL)};
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  CHECK_OK(tsrt_model_forward(model, x, 2, &y, 1, &n));
  CHECK(constant[0] == 1 && constant[1] == 2 && holds(y, 2, (float[]){6, 9}));
  x[0].strides = strides; /* the copy has room for what broadcasting repeats */
  CHECK_OK(tsrt_model_forward(model, x, 2, &y, 1, &n));
  CHECK(constant[0] == 1 && holds(y, 2, (float[]){6, 6}));
  tsrt_model_free(model);
}

static void test_complex(void) {
  tsrt_model *model = load("conjugate"); /* the conjugate, and its imaginary part */
  float data[4] = {1, 2, 3, 4};
  int64_t shape[1] = {2};
  const tsrt_dtype complex64 = {TSRT_COMPLEX, 64, 1};
  const tsrt_tensor x = view(data, complex64, 1, shape);
  tsrt_managed_tensor *y[2] = {NULL};
  size_t n = 0;
  CHECK_OK(tsrt_model_forward(model, &x, 1, y, 2, &n));
  CHECK(n == 2 && same_dtype(y[0]->tensor.dtype, complex64));
  CHECK(memcmp(data_of(y[0]), (float[]){1, -2, 3, -4}, sizeof data) == 0);
  tsrt_managed_tensor_free(y[0]);
  tsrt_managed_tensor *imaginary = NULL;
  CHECK_OK(tsrt_tensor_copy(&y[1]->tensor, "cpu", &imaginary));
  CHECK(holds(imaginary, 2, (float[]){-2, -4}));
  tsrt_managed_tensor_free(y[1]);
  tsrt_model_free(model);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_null_arguments();
  test_wrong_inputs();
  test_optional_inputs();
  test_tuple();
  test_named_tuple();
  test_list();
  test_capacity();
  test_results_beyond_tensors();
  test_no_inputs();
  test_raises();
  test_own_memory();
  test_same_outputs();
  test_views();
  test_writes_input();
  test_complex();
  return finish();
}
