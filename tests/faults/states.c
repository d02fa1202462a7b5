/* What changes a model: all of it or nothing. */
#include "operation.h"

static tsrt_model *counter, *written, *attributes, *norm, *lstm, *keeper;
static float zero[1] = {0};
static int64_t one[1] = {1};

static float count_of(tsrt_model *model) {
  tsrt_value *value = NULL;
  tsrt_managed_tensor *tensor = NULL;
  CHECK_OK(tsrt_model_get_attribute(model, "count", &value));
  CHECK_OK(tsrt_value_get_tensor(value, &tensor));
  const float found = *(float *)data_of(tensor);
  tsrt_value_free(value);
  tsrt_managed_tensor_free(tensor);
  return found;
}

/* One more on the count, which is what comes back. */
static tsrt_error *step(tsrt_model *model, float wanted) {
  const tsrt_tensor x = view(zero, float32, 1, one);
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  tsrt_error *e = tsrt_model_forward(model, &x, 1, &y, 1, &n);
  CHECK(e || *(float *)data_of(y) == wanted);
  tsrt_managed_tensor_free(y);
  return e;
}

static tsrt_error *clone_of(tsrt_model *model, float wanted) {
  tsrt_model *clone = NULL;
  tsrt_error *e = tsrt_model_clone(model, &clone);
  CHECK(!e == !!clone);
  if (!e) e = step(clone, wanted);
  tsrt_model_free(clone);
  return e;
}

static tsrt_error *clone_fresh(void) {
  return clone_of(counter, 1);
}
static tsrt_error *clone_written(void) {
  return clone_of(written, 2);
}
static void untouched(void) {
  CHECK(count_of(counter) == 0 && count_of(written) == 1);
}

/* The first write sets the state aside. */
static tsrt_error *first_write(void) {
  tsrt_model *clone = NULL;
  tsrt_error *e = tsrt_model_clone(counter, &clone);
  if (!e) e = step(clone, 1);
  if (!e) e = step(clone, 2);
  if (!e) e = tsrt_model_reset(clone);
  if (!e) e = step(clone, 1);
  tsrt_model_free(clone);
  return e;
}

static tsrt_error *reset(void) {
  return tsrt_model_reset(keeper);
}

static void reset_or_not(void) {
  const float count = count_of(keeper);
  CHECK(count == 0 || count == 1);
  if (count == 0) CHECK_OK(step(keeper, 1));
}
static tsrt_error *move(void) {
  return tsrt_model_to(written, "cpu");
}
static tsrt_error *move_nowhere(void) {
  return tsrt_model_to(written, "warp");
}

/* Batch norm answers differently in the two modes, and writes its state in one of them only. */
static bool mode_of(tsrt_model *model) {
  char *json = NULL;
  CHECK_OK(tsrt_model_describe(model, &json));
  const bool training = strstr(json, "\"training\":true") != NULL;
  CHECK(training == (strstr(json, "\"writes_state\":true") != NULL));
  tsrt_string_free(json);
  return training;
}

static bool wanted_mode = false;
static tsrt_error *train(void) {
  tsrt_error *e = tsrt_model_train(norm, !wanted_mode);
  if (!e) wanted_mode = !wanted_mode;
  return e;
}

static tsrt_error *set_mode(void) {
  tsrt_value *yes = NULL;
  tsrt_error *e = tsrt_value_new_bool(!wanted_mode, &yes);
  if (!e) e = tsrt_model_set_attribute(norm, "training", yes);
  if (!e) wanted_mode = !wanted_mode;
  tsrt_value_free(yes);
  return e;
}

static void right_mode(void) {
  CHECK(mode_of(norm) == wanted_mode);
}

/* This one sets the outermost module's alone. */
static void root_mode(void) {
  char *json = NULL;
  CHECK_OK(tsrt_model_describe(norm, &json));
  CHECK(wanted_mode == (strstr(json, "\"training\":true") != NULL));
  tsrt_string_free(json);
}

static tsrt_error *get_and_set(void) {
  static const char *names[] = {"weight", "sizes", "table", "label", "encoder.weight"};
  tsrt_value *value = NULL;
  tsrt_error *e = NULL;
  for (size_t i = 0; i < COUNT(names); ++i) {
    TRY(tsrt_model_get_attribute(attributes, names[i], &value));
    TRY(tsrt_model_set_attribute(attributes, names[i], value));
    tsrt_value_free(value);
    value = NULL;
  }
out:
  tsrt_value_free(value);
  return e;
}

static tsrt_error *no_attribute(void) {
  tsrt_value *value = NULL;
  return tsrt_model_get_attribute(attributes, "absent", &value);
}

static tsrt_error *wrong_attribute(void) {
  tsrt_value *seven = NULL;
  tsrt_error *e = tsrt_value_new_int(7, &seven);
  if (!e) e = tsrt_model_set_attribute(attributes, "weight", seven);
  tsrt_value_free(seven);
  return e;
}

static tsrt_error *describe(void) {
  char *json = NULL;
  tsrt_error *e = tsrt_model_describe(attributes, &json);
  CHECK(!e == !!json);
  tsrt_string_free(json);
  return e;
}

static tsrt_error *extra_file(void) {
  char *data = NULL;
  size_t size = 0;
  tsrt_error *e = tsrt_model_extra_file(counter, "note.txt", &data, &size);
  CHECK(e || strcmp(data, "counter") == 0);
  tsrt_string_free(data);
  return e;
}

static tsrt_error *recurrent(void) {
  float data[4] = {1, 2, 3, 4};
  int64_t shape[2] = {1, 4};
  const tsrt_tensor x = view(data, float32, 2, shape);
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  tsrt_error *e = tsrt_model_forward(lstm, &x, 1, &y, 1, &n);
  tsrt_managed_tensor_free(y);
  return e;
}

void prepare_states(const char *folder) {
  models_folder = folder;
  counter = load("counter");
  written = load("counter");
  keeper = load("counter");
  attributes = load("attributes");
  norm = load("batch_norm_eval");
  lstm = load("lstm_state");
  CHECK_OK(step(written, 1));
}

void release_states(void) {
  tsrt_model *all[] = {counter, written, keeper, attributes, norm, lstm};
  for (size_t i = 0; i < COUNT(all); ++i) tsrt_model_free(all[i]);
}

const operation state_operations[] = {
    {"clone", clone_fresh, untouched, 0},
    {"clone with state", clone_written, untouched, 0},
    {"first write and reset", first_write, untouched, 0},
    {"move", move, untouched, 0},
    {"move: no device", move_nowhere, untouched, TSRT_DEVICE},
    {"train", train, right_mode, 0},
    {"set the mode", set_mode, root_mode, 0},
    {"attributes", get_and_set, NULL, 0},
    {"attributes: none", no_attribute, NULL, TSRT_NOT_FOUND},
    {"attributes: wrong", wrong_attribute, NULL, TSRT_INVALID_ARGUMENT},
    {"describe", describe, NULL, 0},
    {"extra file of a model", extra_file, NULL, 0},
    {"recurrent", recurrent, NULL, 0},
    {"reset", reset, reset_or_not, 0},
    {NULL, NULL, NULL, 0},
};
