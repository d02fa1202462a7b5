/* Objects that a model makes, takes and keeps. */
#include "operation.h"

static tsrt_model *model;
static tsrt_value *tally; /* Tally(5) with a tensor in it */
static float kept[2] = {1, 2};

static tsrt_error *made_by_the_model(void) {
  tsrt_value *start = NULL, *args = NULL, *object = NULL, *total = NULL, *again = NULL;
  int64_t n = 0;
  tsrt_error *e = NULL;
  TRY(tsrt_value_new_int(3, &start));
  TRY(tsrt_value_new_tuple((const tsrt_value *const *)&start, 1, &args));
  TRY(tsrt_model_run(model, "make", args, NULL, &object));
  TRY(tsrt_value_attribute(object, "total", &total));
  TRY(tsrt_value_get_int(total, &n));
  CHECK(n == 3);
  TRY(tsrt_value_call(object, "__len__", NULL, NULL, &again));
out:
  tsrt_value_free(start);
  tsrt_value_free(args);
  tsrt_value_free(object);
  tsrt_value_free(total);
  tsrt_value_free(again);
  return e;
}

/* Its method keeps the argument: the caller's memory must not be in it, whatever happens. */
static tsrt_error *keeps_its_argument(void) {
  float data[2] = {1, 2};
  int64_t shape[1] = {2};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_value *row = NULL, *args = NULL, *none = NULL;
  tsrt_error *e = NULL;
  TRY(tsrt_value_new_tensor(&x, &row));
  TRY(tsrt_value_new_tuple((const tsrt_value *const *)&row, 1, &args));
  TRY(tsrt_value_call(tally, "keep", args, NULL, &none));
out:
  tsrt_value_free(row);
  tsrt_value_free(args);
  tsrt_value_free(none);
  data[0] = data[1] = -1;
  return e;
}

static tsrt_error *many(void) {
  tsrt_value *result = NULL, *list = NULL;
  char *json = NULL;
  tsrt_error *e = NULL;
  TRY(tsrt_model_run(model, "many", NULL, NULL, &result));
  TRY(tsrt_value_item(result, 0, &list));
  TRY(tsrt_value_describe(tally, &json));
out:
  tsrt_value_free(result);
  tsrt_value_free(list);
  tsrt_string_free(json);
  return e;
}

static tsrt_error *fails(void) {
  tsrt_value *none = NULL;
  return tsrt_value_call(tally, "fail", NULL, NULL, &none);
}

static tsrt_error *no_attribute(void) {
  tsrt_value *none = NULL;
  return tsrt_value_attribute(tally, "absent", &none);
}

/* The tensor in the object is whole. */
static void still_kept(void) {
  tsrt_value *last = NULL;
  tsrt_managed_tensor *tensor = NULL;
  CHECK_OK(tsrt_value_attribute(tally, "last", &last));
  CHECK_OK(tsrt_value_get_tensor(last, &tensor));
  tsrt_value_free(last);
  CHECK(holds(tensor, 2, kept));
}

void prepare_objects(const char *folder) {
  models_folder = folder;
  model = load("objects");
  tsrt_value *start = new_int(5), *args = NULL;
  CHECK_OK(tsrt_value_new_tuple((const tsrt_value *const *)&start, 1, &args));
  CHECK_OK(tsrt_model_run(model, "make", args, NULL, &tally));
  tsrt_value_free(start);
  tsrt_value_free(args);
  CHECK_OK(keeps_its_argument());
}

void release_objects(void) {
  tsrt_value_free(tally);
  tsrt_model_free(model);
}

const operation object_operations[] = {
    {"objects: make", made_by_the_model, NULL, 0},
    {"objects: keep a tensor", keeps_its_argument, still_kept, 0},
    {"objects: many", many, still_kept, 0},
    {"objects: raise", fails, still_kept, TSRT_MODEL_ERROR},
    {"objects: no attribute", no_attribute, still_kept, TSRT_NOT_FOUND},
    {NULL, NULL, NULL, 0},
};
