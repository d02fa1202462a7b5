/* Files from elsewhere: trust=restricted. */
#include "check.h"

static const char *path_of(const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s.pt", models_folder, name);
  return path;
}

static void test_load(void) {
  tsrt_model *model = NULL;
  CHECK_OK(tsrt_model_load(path_of("mlp"), "trust=restricted", &model));
  tsrt_model_free(model);
  CHECK_OK(tsrt_model_load(path_of("futures"), "trust=full", &model));
  tsrt_model_free(model);
}

static void test_load_fails(void) {
  tsrt_model *model = NULL;
  tsrt_error *error = tsrt_model_load(path_of("futures"), "trust=restricted", &model);
  CHECK(tsrt_error_code(error) == TSRT_NOT_TRUSTED);
  CHECK(strstr(tsrt_error_message(error), "is refused by trust=restricted: it "));
  CHECK(strstr(tsrt_error_detail(error), "code/__torch__"));
  CHECK(!model);
  tsrt_error_free(error);
  CHECK_FAILS(tsrt_model_load(path_of("mlp"), "trust=yes", &model), TSRT_INVALID_ARGUMENT,
              "it takes full or restricted");
  CHECK_FAILS(tsrt_model_load(path_of("mlp"), "trust=restricted,mmap=yes", &model),
              TSRT_INVALID_ARGUMENT, "mapped file");
}

static void test_inspect(void) {
  char *json = NULL;
  CHECK_OK(tsrt_inspect(path_of("mlp"), &json));
  CHECK(strstr(json, "\"restricted\":[]"));
  tsrt_string_free(json);
  CHECK_OK(tsrt_inspect(path_of("futures"), &json));
  CHECK(strstr(json, "\"restricted\":[{\"what\":\""));
  tsrt_string_free(json);
}

static void test_operators(void) {
  char *json = NULL;
  CHECK_OK(tsrt_trusted_operators(&json));
  CHECK(strstr(json, "\"aten::add\""));
  CHECK(!strstr(json, "\"aten::from_file\""));
  tsrt_string_free(json);
  CHECK_FAILS(tsrt_trusted_operators(NULL), TSRT_INVALID_ARGUMENT, "json is NULL");
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_load();
  test_load_fails();
  test_inspect();
  test_operators();
  return finish();
}
