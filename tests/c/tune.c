/* Tuning: what it chooses is what runs, and nothing else of the model changes. */
#include "calls.h"
#include "check.h"

static float row[16];

/* A tuple of one tuple with one row of 16. */
static tsrt_value *examples(void) {
  static int64_t shape[2] = {1, 16};
  const tsrt_tensor x = view(row, float32, 2, shape);
  tsrt_value *tensor = NULL;
  CHECK_OK(tsrt_value_new_tensor(&x, &tensor));
  tsrt_value *example = tuple_of(&tensor, 1);
  return tuple_of(&example, 1);
}

static tsrt_managed_tensor *answer(tsrt_model *model) {
  int64_t shape[2] = {1, 16};
  const tsrt_tensor x = view(row, float32, 2, shape);
  return forward(model, &x);
}

static bool describes(tsrt_model *model, const char *part) {
  char *json = NULL;
  CHECK_OK(tsrt_model_describe(model, &json));
  const bool found = strstr(json, part) != NULL;
  tsrt_string_free(json);
  return found;
}

static void test_choice(void) {
  tsrt_model *model = load("mlp");
  tsrt_value *given = examples();
  tsrt_managed_tensor *before = answer(model);
  CHECK(describes(model, "\"plan\":\"exact\""));
  char *report = NULL;
  CHECK_OK(tsrt_model_tune(model, "forward", given, "seconds=0.2", &report));
  CHECK(strstr(report, "\"name\":\"packed\"") && strstr(report, "\"file\":\"tsrt-plans 1 for "));
  const bool packed = strstr(report, "\"plan\":\"packed\"") != NULL;
  CHECK(describes(model, packed ? "\"plan\":\"packed\"" : "\"plan\":\""));
  tsrt_managed_tensor *after = answer(model);
  const float *a = data_of(before), *b = data_of(after);
  for (int i = 0; i < 4; ++i) CHECK(a[i] - b[i] < 1e-5f && b[i] - a[i] < 1e-5f);
  tsrt_managed_tensor_free(before);
  tsrt_managed_tensor_free(after);
  tsrt_string_free(report);
  tsrt_value_free(given);
  tsrt_model_free(model);
}

static void test_failures(void) {
  tsrt_model *model = load("mlp");
  tsrt_value *given = examples(), *one = new_int(1), *none = tuple_of(NULL, 0);
  char *text = NULL;
#define FAILS(method, examples, options, part) \
  CHECK_FAILS(tsrt_model_tune(model, method, examples, options, &text), TSRT_INVALID_ARGUMENT, part)
  FAILS(NULL, given, NULL, "method is NULL");
  FAILS("forward", NULL, NULL, "give at least one");
  FAILS("forward", none, NULL, "give at least one");
  FAILS("forward", one, NULL, "not a tuple or list");
  FAILS("forward", given, "second=1", "tolerance, seconds, bfloat16");
  FAILS("forward", given, "seconds=0", "above 0");
  FAILS("forward", given, "tolerance=2", "up to 1");
  FAILS("forward", given, "bfloat16=maybe", "yes or no");
  CHECK_FAILS(tsrt_model_tune(model, "forward", given, NULL, NULL), TSRT_INVALID_ARGUMENT,
              "report is NULL");
  CHECK_FAILS(tsrt_model_tune(NULL, "forward", given, NULL, &text), TSRT_INVALID_ARGUMENT,
              "model is NULL");
  CHECK_FAILS(tsrt_model_tune(model, "encode", given, NULL, &text), TSRT_NOT_FOUND, "forward");
  CHECK(text == NULL);
  CHECK(describes(model, "\"plan\":\"exact\""));
  tsrt_value_free(given);
  tsrt_value_free(one);
  tsrt_value_free(none);
  tsrt_model_free(model);
}

/* What an example is not is said as well; and a file of plans that is missing. */
static void test_examples_and_files(void) {
  tsrt_model *model = load("mlp"), *other = NULL;
  tsrt_value *number = new_int(1);
  tsrt_value *wrong = tuple_of(&number, 1);
  char *text = NULL;
  CHECK_FAILS(tsrt_model_tune(model, "forward", wrong, NULL, &text), TSRT_INVALID_ARGUMENT,
              "an example is an int");
  char path[1024];
  snprintf(path, sizeof path, "%s/mlp.pt", models_folder);
  CHECK_FAILS(tsrt_model_load(path, "optimize=auto,plans=none.plans", &other), TSRT_NOT_FOUND,
              "none.plans");
  CHECK_FAILS(tsrt_model_load(path, "plans=none.plans", &other), TSRT_INVALID_ARGUMENT,
              "optimize=auto");
  CHECK_FAILS(tsrt_model_load(path, "optimize=most", &other), TSRT_INVALID_ARGUMENT,
              "none, exact or auto");
  CHECK(other == NULL);
  tsrt_value_free(wrong);
  tsrt_model_free(model);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  for (int i = 0; i < 16; ++i) row[i] = (float)i / 16;
  test_choice();
  test_failures();
  test_examples_and_files();
  return finish();
}
