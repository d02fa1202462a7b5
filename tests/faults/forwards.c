/* The path of tensors. */
#include "operation.h"

static float numbers[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static int64_t four[1] = {4}, row[2] = {1, 16}, square[2] = {4, 4};
static float answer[4];

static tsrt_model *mlp, *tuple_out, *identity, *views, *same, *writes_input, *list_out, *raises,
    *force_field, *quantized;

/* Runs one that gives `count` tensors, whose first number is `first`. */
static tsrt_error *forward_n(tsrt_model *model, size_t n, int32_t ndim, int64_t *shape,
                             size_t count, float first) {
  const tsrt_tensor x = view(numbers, float32, ndim, shape);
  const tsrt_tensor inputs[2] = {x, x};
  tsrt_managed_tensor *outputs[4] = {NULL};
  size_t found = 9;
  tsrt_error *e = tsrt_model_forward(model, inputs, n, outputs, 4, &found);
  CHECK(found == (e ? 0 : count));
  for (size_t i = 0; i < 4; ++i) CHECK(!outputs[i] == (i >= found));
  CHECK(e || *(float *)data_of(outputs[0]) == first);
  for (size_t i = 0; i < 4; ++i) tsrt_managed_tensor_free(outputs[i]);
  for (int i = 0; i < 16; ++i) CHECK(numbers[i] == i + 1);
  return e;
}

static tsrt_error *run_mlp(void) {
  return forward_n(mlp, 1, 2, row, 1, answer[0]);
}
static tsrt_error *run_tuple(void) {
  return forward_n(tuple_out, 2, 1, four, 3, 2);
}
static tsrt_error *run_list(void) {
  return forward_n(list_out, 1, 2, square, 4, 2);
}
static tsrt_error *run_identity(void) {
  return forward_n(identity, 1, 1, four, 1, 1);
}
static tsrt_error *run_views(void) {
  return forward_n(views, 1, 2, square, 2, 5);
}
static tsrt_error *run_same(void) {
  return forward_n(same, 1, 1, four, 3, 2);
}
static tsrt_error *run_writes(void) {
  return forward_n(writes_input, 2, 1, four, 1, 2);
}
static tsrt_error *run_autograd(void) {
  return forward_n(force_field, 1, 1, four, 1, 2);
}
static tsrt_error *run_raises(void) {
  return forward_n(raises, 1, 1, four, 1, 0);
}
static tsrt_error *run_wrong_shape(void) {
  return forward_n(mlp, 1, 1, four, 1, 0);
}
static tsrt_error *run_too_many(void) {
  return forward_n(mlp, 2, 1, four, 1, 0);
}

static tsrt_error *run_into(void) {
  float y[4] = {0};
  int64_t shape[2] = {1, 4};
  const tsrt_tensor input = view(numbers, float32, 2, row), output = view(y, float32, 2, shape);
  tsrt_error *e = tsrt_model_forward_into(mlp, &input, 1, &output, 1);
  CHECK(e || memcmp(y, answer, sizeof y) == 0);
  return e;
}

/* Results that are the input, written over the input. */
static tsrt_error *run_into_itself(void) {
  float x[16];
  memcpy(x, numbers, sizeof x);
  const tsrt_tensor input = view(x, float32, 1, four);
  tsrt_error *e = tsrt_model_forward_into(identity, &input, 1, &input, 1);
  CHECK(memcmp(x, numbers, sizeof x) == 0);
  return e;
}

static tsrt_error *run_wrong_place(void) {
  float y[4] = {0};
  const tsrt_tensor input = view(numbers, float32, 2, row), output = view(y, float32, 1, four);
  return tsrt_model_forward_into(mlp, &input, 1, &output, 1);
}

static tsrt_error *run_quantized(void) {
  const tsrt_tensor x = view(numbers, float32, 1, four);
  tsrt_managed_tensor *q = NULL, *shared = NULL, *scales = NULL, *zeros = NULL, *plain = NULL;
  size_t n = 0;
  int32_t axis = 0;
  tsrt_error *e = NULL;
  TRY(tsrt_model_forward(quantized, &x, 1, &q, 1, &n));
  TRY(tsrt_managed_tensor_share(q, &shared));
  TRY(tsrt_managed_tensor_quantization(shared, &scales, &zeros, &axis));
  TRY(tsrt_managed_tensor_dequantize(shared, &plain));
  CHECK(axis == -1 && *(double *)data_of(scales) == 0.5 && *(float *)data_of(plain) == 1);
out:
  CHECK(!scales == !zeros);
  tsrt_managed_tensor_free(q);
  tsrt_managed_tensor_free(shared);
  tsrt_managed_tensor_free(scales);
  tsrt_managed_tensor_free(zeros);
  tsrt_managed_tensor_free(plain);
  return e;
}

static tsrt_error *copy_and_share(void) {
  const tsrt_tensor x = view(numbers, float32, 2, square);
  tsrt_managed_tensor *copy = NULL, *output = NULL, *shared = NULL;
  size_t n = 0;
  tsrt_error *e = NULL;
  TRY(tsrt_tensor_copy(&x, "cpu", &copy));
  CHECK(memcmp(data_of(copy), numbers, sizeof numbers) == 0);
  TRY(tsrt_model_forward(identity, &x, 1, &output, 1, &n));
  TRY(tsrt_managed_tensor_share(output, &shared));
  tsrt_managed_tensor_free(output);
  output = NULL;
  CHECK(memcmp(data_of(shared), numbers, sizeof numbers) == 0);
out:
  tsrt_managed_tensor_free(copy);
  tsrt_managed_tensor_free(output);
  tsrt_managed_tensor_free(shared);
  return e;
}

/* After each failure: the same model with the same numbers. */
static void still_right(void) {
  const tsrt_tensor x = view(numbers, float32, 2, row);
  CHECK(holds(forward(mlp, &x), 4, answer));
}

void prepare_forwards(const char *folder) {
  models_folder = folder;
  mlp = load("mlp");
  tuple_out = load("tuple_out");
  identity = load("identity");
  views = load("views");
  same = load("same");
  writes_input = load("writes_input");
  list_out = load("list_out");
  raises = load("raises");
  force_field = load("force_field");
  quantized = load("quantized");
  const tsrt_tensor x = view(numbers, float32, 2, row);
  tsrt_managed_tensor *output = forward(mlp, &x);
  memcpy(answer, data_of(output), sizeof answer);
  tsrt_managed_tensor_free(output);
}

void release_forwards(void) {
  tsrt_model *all[] = {mlp,          tuple_out, identity, views,       same,
                       writes_input, list_out,  raises,   force_field, quantized};
  for (size_t i = 0; i < COUNT(all); ++i) tsrt_model_free(all[i]);
}

const operation forward_operations[] = {
    {"forward", run_mlp, still_right, 0},
    {"forward, a tuple", run_tuple, still_right, 0},
    {"forward, a list", run_list, still_right, 0},
    {"forward, the input", run_identity, still_right, 0},
    {"forward, views", run_views, still_right, 0},
    {"forward, one output thrice", run_same, still_right, 0},
    {"forward, a copied input", run_writes, still_right, 0},
    {"forward with autograd", run_autograd, still_right, 0},
    {"forward: the model raises", run_raises, still_right, TSRT_MODEL_ERROR},
    {"forward: wrong shape", run_wrong_shape, still_right, TSRT_MODEL_ERROR},
    {"forward: too many inputs", run_too_many, still_right, TSRT_INVALID_ARGUMENT},
    {"forward into", run_into, still_right, 0},
    {"forward into the input", run_into_itself, still_right, 0},
    {"forward into: wrong shape", run_wrong_place, still_right, TSRT_INVALID_ARGUMENT},
    {"quantized", run_quantized, still_right, 0},
    {"copy and share", copy_and_share, still_right, 0},
    {NULL, NULL, NULL, 0},
};
