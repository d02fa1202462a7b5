/* tsrt_memory and tsrt_trim_memory. */
#include "check.h"

/* The number behind a name, which occurs once in the document. */
static int64_t field(const char *name) {
  char *json = NULL, key[64];
  CHECK_OK(tsrt_memory(&json));
  snprintf(key, sizeof key, "\"%s\":", name);
  const char *at = strstr(json, key);
  CHECK(at);
  const int64_t number = strtoll(at + strlen(key), NULL, 10);
  tsrt_string_free(json);
  return number;
}

static void test_null(void) {
  CHECK_FAILS(tsrt_memory(NULL), TSRT_INVALID_ARGUMENT, "json is NULL");
}

static void test_handles(void) {
  float data[4] = {1, 2, 3, 4};
  int64_t shape[1] = {4};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_model *model = load("add_one");
  tsrt_managed_tensor *y = forward(model, &x);
  tsrt_value *seven = new_int(7);
  CHECK(field("models") == 1 && field("values") == 1 && field("errors") == 0);
  CHECK(field("strings") == 0); /* not counting the document itself */
  tsrt_error *error = tsrt_model_to(model, "warp");
  CHECK(field("errors") == 1);
  tsrt_error_free(error);
  tsrt_value_free(seven);
  tsrt_managed_tensor_free(y);
  tsrt_model_free(model);
  CHECK(field("models") == 0 && field("values") == 0);
}

/* A tensor's memory counts as long as there is a handle, however many there are. */
static void test_tensors(void) {
  float data[4] = {1, 2, 3, 4};
  int64_t shape[1] = {4};
  const tsrt_tensor x = view(data, float32, 1, shape);
  const char *models[] = {"add_one", "identity"}; /* in LibTorch's memory, and in tsrt's */
  for (size_t i = 0; i < COUNT(models); ++i) {
    tsrt_model *model = load(models[i]);
    tsrt_managed_tensor *y = forward(model, &x), *again = NULL;
    tsrt_model_free(model);
    CHECK(tsrt_live_handles() == 1);
    CHECK_OK(tsrt_managed_tensor_share(y, &again));
    CHECK(tsrt_live_handles() == 2);
    CHECK(field("outputs") == sizeof data && field("cpu") == 0); /* no model is there any more */
    tsrt_managed_tensor_free(y);
    CHECK(tsrt_live_handles() == 1 && field("outputs") == sizeof data);
    CHECK(*(float *)data_of(again) == 1 + (i == 0));
    tsrt_managed_tensor_free(again);
    CHECK(field("outputs") == 0);
  }
}

static void test_trim(void) {
  tsrt_model *model = load("mlp");
  CHECK_OK(tsrt_trim_memory());
  CHECK(field("cpu") == (16 * 32 + 32 + 32 * 32 + 32 + 32 * 4 + 4) * 4);
  tsrt_model_free(model);
  CHECK_OK(tsrt_trim_memory());
  CHECK(field("cpu") == 0 && field("resident") > 0 && field("private") > 0);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_null();
  test_handles();
  test_tensors();
  test_trim();
  return finish();
}
