/* tsrt_model_forward_into: results into the caller's own memory. */
#include "check.h"

static const int32_t invalid = TSRT_INVALID_ARGUMENT;

static void test_null_arguments(void) {
  tsrt_model *model = load("identity");
  float data[2] = {1, 2}, room[2];
  int64_t shape[1] = {2};
  const tsrt_tensor x = view(data, float32, 1, shape), y = view(room, float32, 1, shape);
  CHECK_FAILS(tsrt_model_forward_into(NULL, &x, 1, &y, 1), invalid, "model is NULL");
  CHECK_FAILS(tsrt_model_forward_into(model, NULL, 1, &y, 1), invalid, "inputs is NULL");
  CHECK_FAILS(tsrt_model_forward_into(model, &x, 1, NULL, 1), invalid, "outputs is NULL");
  CHECK_FAILS(tsrt_model_forward_into(model, NULL, 0, &y, 1), invalid, "needs its argument");
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, &y, 1));
  CHECK(memcmp(room, data, sizeof data) == 0);
  tsrt_model_free(model);
}

static void test_tuple(void) {
  tsrt_model *model = load("tuple_out");
  float a[2] = {5, 6}, b[2] = {2, 3}, room[8] = {0};
  int64_t shape[1] = {2};
  const tsrt_tensor x[2] = {view(a, float32, 1, shape), view(b, float32, 1, shape)};
  const tsrt_tensor y[4] = {view(room, float32, 1, shape), view(room + 2, float32, 1, shape),
                            view(room + 4, float32, 1, shape), view(room + 6, float32, 1, shape)};
  CHECK_OK(tsrt_model_forward_into(model, x, 2, y, 3));
  CHECK(memcmp(room, (float[]){7, 9, 3, 3, 10, 18, 0, 0}, sizeof room) == 0);
  CHECK_FAILS(tsrt_model_forward_into(model, x, 2, y, 2), invalid, "room for 2");
  CHECK_FAILS(tsrt_model_forward_into(model, x, 2, y, 4), invalid, "4 places");
  CHECK_OK(tsrt_model_forward_into(model, x, 2, y, 3));
  tsrt_model_free(model);
}

static void test_list(void) {
  tsrt_model *model = load("list_out");
  float data[4] = {1, 2, 3, 4}, room[4] = {0};
  int64_t shape[2] = {2, 2};
  const tsrt_tensor x = view(data, float32, 2, shape);
  const tsrt_tensor y[2] = {view(room, float32, 1, shape), view(room + 2, float32, 1, shape)};
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, y, 2));
  CHECK(memcmp(room, (float[]){2, 4, 6, 8}, sizeof room) == 0);
  CHECK_FAILS(tsrt_model_forward_into(model, &x, 1, y, 1), invalid, "forward returned 2");
  tsrt_model_free(model);
  model = load("dict_out");
  CHECK_FAILS(tsrt_model_forward_into(model, &x, 1, y, 1), TSRT_UNSUPPORTED, "tsrt_model_run");
  tsrt_model_free(model);
}

/* Shape and dtype must be those of the result: nothing is broadcast, nothing converted. */
static void test_wrong_outputs(void) {
  tsrt_model *model = load("identity");
  float data[6] = {1, 2, 3, 4, 5, 6};
  double room[6];
  int64_t shape[2] = {2, 3}, other[2] = {3, 2}, flat[1] = {6}, column[2] = {2, 1};
  const tsrt_dtype float64 = TSRT_FLOAT64, int32 = TSRT_INT32;
  const tsrt_tensor x = view(data, float32, 2, shape);
  const tsrt_tensor wrong[] = {view(room, float32, 2, other), view(room, float32, 1, flat),
                               view(room, float32, 0, NULL),  view(room, float32, 2, column),
                               view(room, float64, 2, shape), view(room, int32, 2, shape)};
  for (size_t i = 0; i < COUNT(wrong); ++i)
    CHECK_FAILS(tsrt_model_forward_into(model, &x, 1, &wrong[i], 1), invalid,
                "the model's output is float32[2, 3]");
  const tsrt_tensor right = view(room, float32, 2, shape);
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, &right, 1));
  CHECK(memcmp(room, data, sizeof data) == 0);
  tsrt_model_free(model);
}

static void test_strided_outputs(void) {
  tsrt_model *model = load("add_one");
  float data[6] = {1, 2, 3, 4, 5, 6}, room[12] = {0};
  int64_t shape[2] = {2, 3}, strides[2] = {1, 2};
  const tsrt_tensor x = view(data, float32, 2, shape);
  tsrt_tensor y = view(room, float32, 2, shape);
  y.strides = strides; /* column by column */
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, &y, 1));
  CHECK(memcmp(room, (float[]){2, 5, 3, 6, 4, 7, 0}, 7 * sizeof *room) == 0);
  memset(room, 0, sizeof room);
  strides[0] = 6;
  strides[1] = 2;
  y.byte_offset = sizeof *room; /* every other place, from the second on */
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, &y, 1));
  CHECK(memcmp(room, (float[]){0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7}, sizeof room) == 0);
  strides[0] = 0;
  CHECK_FAILS(tsrt_model_forward_into(model, &x, 1, &y, 1), invalid, "share memory");
  tsrt_model_free(model);
}

static void test_scalars_and_empties(void) {
  tsrt_model *model = load("identity");
  float number = 3, room = 0;
  int64_t shape[1] = {0};
  tsrt_tensor x = view(&number, float32, 0, NULL), y = view(&room, float32, 0, NULL);
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, &y, 1));
  CHECK(room == 3);
  x = view(NULL, float32, 1, shape);
  y = view(NULL, float32, 1, shape);
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, &y, 1));
  tsrt_model_free(model);
}

/* The result may go where an input came from. */
static void test_in_place(void) {
  tsrt_model *model = load("writes_input");
  float a[2] = {1, 2}, b[2] = {3, 4};
  int64_t shape[1] = {2};
  const tsrt_tensor x[2] = {view(a, float32, 1, shape), view(b, float32, 1, shape)};
  CHECK_OK(tsrt_model_forward_into(model, x, 2, &x[1], 1));
  CHECK(a[0] == 1 && a[1] == 2 && b[0] == 6 && b[1] == 12);
  tsrt_model_free(model);
  model = load("views"); /* its second output is the transpose of the input */
  float square[4] = {1, 2, 3, 4}, row[2] = {0};
  int64_t sizes[2] = {2, 2}, one_row[2] = {1, 2};
  const tsrt_tensor in = view(square, float32, 2, sizes);
  const tsrt_tensor out[2] = {view(row, float32, 2, one_row), in};
  CHECK_OK(tsrt_model_forward_into(model, &in, 1, out, 2));
  CHECK(memcmp(square, (float[]){1, 3, 2, 4}, sizeof square) == 0);
  CHECK(row[0] == 3 && row[1] == 4);
  tsrt_model_free(model);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_null_arguments();
  test_tuple();
  test_list();
  test_wrong_outputs();
  test_strided_outputs();
  test_scalars_and_empties();
  test_in_place();
  return finish();
}
