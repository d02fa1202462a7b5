/* Models with state: counting, keeping an input, cloning, moving. */
#include "check.h"

static const int32_t invalid = TSRT_INVALID_ARGUMENT;

/* What a method without arguments returns: a row of float32. */
static tsrt_managed_tensor *ask(tsrt_model *model, const char *method) {
  tsrt_value *result = NULL;
  tsrt_managed_tensor *tensor = NULL;
  CHECK_OK(tsrt_model_run(model, method, NULL, NULL, &result));
  CHECK_OK(tsrt_value_get_tensor(result, &tensor));
  tsrt_value_free(result);
  return tensor;
}

/* One more call of the counter, which must be its n-th. */
static void count(tsrt_model *model, float n) {
  float zero[1] = {0};
  int64_t shape[1] = {1};
  const tsrt_tensor x = view(zero, float32, 1, shape);
  CHECK(holds(forward(model, &x), 1, &n));
}

static void test_counter(void) {
  tsrt_model *model = load("counter");
  CHECK(holds(ask(model, "state"), 1, (float[]){0}));
  count(model, 1);
  count(model, 2);
  CHECK(holds(ask(model, "state"), 1, (float[]){2}));
  tsrt_managed_tensor *state = ask(model, "state"), *weights = ask(model, "weights");
  *(float *)data_of(state) = 100; /* results are copies: the model does not see this */
  *(float *)data_of(weights) = 100;
  tsrt_managed_tensor_free(weights);
  count(model, 3);
  CHECK(holds(state, 1, (float[]){100}));
  weights = ask(model, "weights");
  CHECK(elements(&weights->tensor) == 1000 && *(float *)data_of(weights) == 1);
  tsrt_managed_tensor_free(weights);
  tsrt_model *fresh = load("counter"); /* a model is loaded with the state it was saved with */
  count(fresh, 1);
  tsrt_model_free(fresh);
  count(model, 4);
  tsrt_model_free(model);
}

/* Calls that fail before the model runs leave its state alone. */
static void test_state_after_failures(void) {
  tsrt_model *model = load("counter");
  float zero[1] = {0};
  int64_t shape[1] = {1}, negative[1] = {-1};
  const tsrt_tensor x[2] = {view(zero, float32, 1, shape), view(zero, float32, 1, shape)};
  const tsrt_tensor bad = view(zero, float32, 1, negative);
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  count(model, 1);
  CHECK_FAILS(tsrt_model_forward(model, x, 1, &y, 0, &n), invalid, "room for 0");
  CHECK_FAILS(tsrt_model_forward(model, x, 2, &y, 1, &n), invalid, "2 were given");
  CHECK_FAILS(tsrt_model_forward(model, &bad, 1, &y, 1, &n), invalid, "size -1");
  CHECK_FAILS(tsrt_model_forward_into(model, x, 1, &bad, 1), invalid, "size -1");
  CHECK_FAILS(tsrt_model_run(model, "forward", NULL, NULL, (tsrt_value *[]){NULL}), invalid, "'x'");
  count(model, 2);
  tsrt_model_free(model);
}

/* The array that a model keeps as its state is gone, and the state is what it was. */
static void test_keeps(void) {
  tsrt_model *model = load("keeps");
  float *data = malloc(3 * sizeof *data);
  CHECK(data);
  for (int i = 0; i < 3; ++i) data[i] = (float)(i + 1);
  int64_t shape[1] = {3};
  const tsrt_tensor x = view(data, float32, 1, shape);
  CHECK(holds(forward(model, &x), 1, (float[]){6}));
  for (int i = 0; i < 3; ++i) data[i] = -1;
  free(data);
  CHECK(holds(ask(model, "last"), 2, (float[]){1, 2}));
  tsrt_model *clone = NULL;
  CHECK_OK(tsrt_model_clone(model, &clone));
  tsrt_model_free(model);
  CHECK(holds(ask(clone, "last"), 2, (float[]){1, 2}));
  tsrt_model_free(clone);
}

/* Also a call that failed may have kept its input. */
static void test_keeps_and_fails(void) {
  tsrt_model *model = load("keeps");
  float *data = malloc(2 * sizeof *data);
  CHECK(data);
  data[0] = 7;
  data[1] = 8;
  int64_t shape[1] = {2};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_value *value = NULL, *args = NULL, *result = NULL;
  CHECK_OK(tsrt_value_new_tensor(&x, &value));
  CHECK_OK(tsrt_value_new_tuple((const tsrt_value *const *)&value, 1, &args));
  CHECK_FAILS(tsrt_model_run(model, "keep_and_fail", args, NULL, &result), TSRT_MODEL_ERROR,
              "kept and failed");
  CHECK(!result);
  tsrt_value_free(value);
  tsrt_value_free(args);
  data[0] = data[1] = -1;
  free(data);
  CHECK(holds(ask(model, "last"), 2, (float[]){7, 8}));
  tsrt_model_free(model);
}

static void test_clone(void) {
  tsrt_model *model = load("counter"), *clone = (tsrt_model *)&clone, *second = NULL;
  CHECK_FAILS(tsrt_model_clone(NULL, &clone), invalid, "model is NULL");
  CHECK(!clone);
  CHECK_FAILS(tsrt_model_clone(model, NULL), invalid, "clone is NULL");
  count(model, 1);
  CHECK_OK(tsrt_model_clone(model, &clone));
  count(model, 2);
  count(model, 3);
  count(clone, 2); /* from where the first one was */
  CHECK_OK(tsrt_model_clone(clone, &second));
  tsrt_model_free(model);
  tsrt_model_free(clone);
  count(second, 3);
  tsrt_managed_tensor *weights = ask(second, "weights");
  CHECK(elements(&weights->tensor) == 1000 && *(float *)data_of(weights) == 1);
  tsrt_managed_tensor_free(weights);
  tsrt_model_free(second);
}

static void test_clone_without_state(void) {
  tsrt_model *model = load("linear"), *clone = NULL;
  float data[4] = {1, 2, 3, 4}, expected[2];
  int64_t shape[1] = {4}, two[1] = {2};
  const tsrt_tensor x = view(data, float32, 1, shape), y = view(expected, float32, 1, two);
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, &y, 1));
  CHECK_OK(tsrt_model_clone(model, &clone));
  tsrt_model_free(model);
  CHECK(holds(forward(clone, &x), 2, expected));
  tsrt_model_free(clone);
}

static void test_to(void) {
  tsrt_model *model = load("counter");
  count(model, 1);
  CHECK_OK(tsrt_model_to(model, "cpu"));
  count(model, 2);
  CHECK_FAILS(tsrt_model_to(NULL, "cpu"), invalid, "model is NULL");
  CHECK_FAILS(tsrt_model_to(model, NULL), invalid, "device name");
  CHECK_FAILS(tsrt_model_to(model, ""), invalid, "device name");
  CHECK_FAILS(tsrt_model_to(model, "nonsense"), TSRT_DEVICE, "has cpu");
  CHECK_FAILS(tsrt_model_to(model, "cuda:127"), TSRT_DEVICE, "has cpu");
  CHECK_FAILS(tsrt_model_to(model, "meta"), TSRT_DEVICE, "has cpu");
  count(model, 3); /* where it was, whole */
  tsrt_model_free(model);
}

/* The real thing, if this machine has it: the state goes along, and results come back. */
static void test_to_cuda(void) {
  char *devices = NULL;
  CHECK_OK(tsrt_devices(&devices));
  const bool present = strstr(devices, "cuda") != NULL;
  tsrt_string_free(devices);
  tsrt_model *model = load("counter");
  count(model, 1);
  if (present) {
    CHECK_OK(tsrt_model_to(model, "cuda"));
    count(model, 2);
    CHECK_OK(tsrt_model_to(model, "cpu"));
    count(model, 3);
  } else {
    CHECK_FAILS(tsrt_model_to(model, "cuda"), TSRT_DEVICE, "has cpu");
    count(model, 2);
  }
  tsrt_model_free(model);
}

/* Two streams through one recurrent model give what each gives alone. */
static void test_two_streams(void) {
  tsrt_model *model = load("lstm_state"), *clone = NULL, *alone = load("lstm_state");
  float a[4] = {1, 2, 3, 4}, b[4] = {-1, 0, 1, 0}, expected[8], got[8];
  int64_t shape[2] = {1, 4}, state[2] = {1, 8};
  const tsrt_tensor xa = view(a, float32, 2, shape), xb = view(b, float32, 2, shape);
  const tsrt_tensor wanted = view(expected, float32, 2, state), y = view(got, float32, 2, state);
  CHECK_OK(tsrt_model_clone(model, &clone));
  for (int i = 0; i < 5; ++i) {
    CHECK_OK(tsrt_model_forward_into(alone, &xa, 1, &wanted, 1));
    CHECK_OK(tsrt_model_forward_into(clone, &xb, 1, &y, 1)); /* noise, in the other stream */
    CHECK_OK(tsrt_model_forward_into(model, &xa, 1, &y, 1));
    CHECK(memcmp(got, expected, sizeof got) == 0);
  }
  tsrt_model_free(model);
  tsrt_model_free(clone);
  tsrt_model_free(alone);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_counter();
  test_state_after_failures();
  test_keeps();
  test_keeps_and_fails();
  test_clone();
  test_clone_without_state();
  test_to();
  test_to_cuda();
  test_two_streams();
  return finish();
}
