/* Versions, error objects, the list of devices, and freeing nothing at all. */
#include "check.h"

static void test_versions(void) {
  CHECK(strcmp(tsrt_version(), TSRT_VERSION) == 0);
  CHECK(tsrt_version() == tsrt_version());
  CHECK(tsrt_abi_version() == TSRT_ABI_VERSION);
  int major = 0, minor = 0;
  CHECK(sscanf(tsrt_torch_version(), "%d.%d.", &major, &minor) == 2 && major >= 2);
  CHECK(tsrt_torch_version() == tsrt_torch_version());
}

static void test_null_frees(void) {
  tsrt_error_free(NULL);
  tsrt_string_free(NULL);
  tsrt_value_free(NULL);
  tsrt_model_free(NULL);
  tsrt_managed_tensor_free(NULL);
}

static void test_null_error(void) {
  CHECK(tsrt_error_code(NULL) == 0);
  CHECK(strcmp(tsrt_error_message(NULL), "") == 0);
  CHECK(strcmp(tsrt_error_detail(NULL), "") == 0);
}

static void test_error_object(void) {
  tsrt_model *model = NULL;
  tsrt_error *error = tsrt_model_load("absent.pt", NULL, &model);
  CHECK(error && !model);
  CHECK(tsrt_live_handles() == 1);
  CHECK(tsrt_error_code(error) == TSRT_NOT_FOUND);
  CHECK(strstr(tsrt_error_message(error), "absent.pt"));
  CHECK(!strchr(tsrt_error_message(error), '\n'));
  CHECK(strcmp(tsrt_error_detail(error), "") == 0);
  /* Errors are objects: a second one leaves the first as it is. */
  CHECK_FAILS(tsrt_model_load("other.pt", NULL, &model), TSRT_NOT_FOUND, "other.pt");
  CHECK(strstr(tsrt_error_message(error), "absent.pt"));
  tsrt_error_free(error);
  CHECK(tsrt_live_handles() == 0);
}

static void test_detail(void) {
  tsrt_model *model = load("raises");
  float data[2] = {1, 2};
  int64_t shape[1] = {2};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_error *error = failing_forward(model, &x, 1);
  CHECK(tsrt_error_code(error) == TSRT_MODEL_ERROR);
  CHECK(strstr(tsrt_error_message(error), "the sum is positive"));
  CHECK(!strchr(tsrt_error_message(error), '\n'));
  /* The traceback names the model's code. */
  CHECK(strstr(tsrt_error_detail(error), "forward"));
  tsrt_model_free(model);
  CHECK(strstr(tsrt_error_detail(error), "the sum is positive"));
  tsrt_error_free(error);
}

static void test_out_of_memory(void) {
  tsrt_model *model = load("huge");
  float data[1] = {1};
  int64_t shape[1] = {1};
  const tsrt_tensor x = view(data, float32, 1, shape);
  CHECK_FAILS(failing_forward(model, &x, 1), TSRT_OUT_OF_MEMORY, "memory");
  data[0] = -1;
  CHECK(holds(forward(model, &x), 1, data));
  tsrt_model_free(model);
}

static void test_devices(void) {
  char *json = NULL;
  CHECK_OK(tsrt_devices(&json));
  CHECK(tsrt_live_handles() == 1);
  CHECK(strncmp(json, "[\"cpu\"", 6) == 0 && json[strlen(json) - 1] == ']');
  tsrt_string_free(json);
  CHECK_FAILS(tsrt_devices(NULL), TSRT_INVALID_ARGUMENT, "json is NULL");
}

/* One of each kind of object counts as one. */
static void test_live_handles(void) {
  char *json = NULL;
  tsrt_value *value = NULL;
  tsrt_managed_tensor *copy = NULL;
  float number = 1;
  const tsrt_tensor x = view(&number, float32, 0, NULL);
  tsrt_model *model = load("identity");
  CHECK(tsrt_live_handles() == 1);
  CHECK_OK(tsrt_model_describe(model, &json));
  CHECK(tsrt_live_handles() == 2);
  CHECK_OK(tsrt_value_new_int(1, &value));
  CHECK(tsrt_live_handles() == 3);
  CHECK_OK(tsrt_tensor_copy(&x, "cpu", &copy));
  CHECK(tsrt_live_handles() == 4);
  tsrt_model_free(model);
  tsrt_string_free(json);
  tsrt_value_free(value);
  tsrt_managed_tensor_free(copy);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_versions();
  test_null_frees();
  test_null_error();
  test_error_object();
  test_detail();
  test_out_of_memory();
  test_devices();
  test_live_handles();
  return finish();
}
