/* Making values, running methods on them, taking them apart. */
#include "operation.h"

static float numbers[4] = {1, 2, 3, 4};
static int64_t two[1] = {2};
static tsrt_model *nested, *kinds, *scalars, *dict_out, *quantized;

enum { most = 12 };
static tsrt_value *made[most]; /* by the current operation, to be freed at its end */
static size_t n_made;

static tsrt_value **slot(void) {
  CHECK(n_made < most);
  return &made[n_made++];
}

static tsrt_error *freed(tsrt_error *e) {
  while (n_made) tsrt_value_free(made[--n_made]);
  memset(made, 0, sizeof made);
  return e;
}

#define ITEMS(n) (const tsrt_value *const *)&made[n]

static tsrt_error *makers(void) {
  tsrt_error *e = NULL;
  TRY(tsrt_value_new_none(slot()));
  TRY(tsrt_value_new_bool(true, slot()));
  TRY(tsrt_value_new_int(7, slot()));
  TRY(tsrt_value_new_float(0.5, slot()));
  TRY(tsrt_value_new_complex(1, 2, slot()));
  TRY(tsrt_value_new_string("a string that is too long for the object itself", 47, slot()));
  TRY(tsrt_value_new_dtype(float32, slot()));
  TRY(tsrt_value_new_tuple(ITEMS(0), 7, slot()));
  TRY(tsrt_value_new_list(ITEMS(0), 7, slot()));
  TRY(tsrt_value_new_dict(ITEMS(5), ITEMS(1), 1, slot()));
out:
  return freed(e);
}

static tsrt_error *readers(void) {
  const char *text = NULL;
  char *json = NULL;
  size_t size = 0;
  int64_t i = 0;
  tsrt_error *e = NULL;
  TRY(tsrt_value_new_int(7, slot()));
  TRY(tsrt_value_new_string("name", 4, slot()));
  TRY(tsrt_value_new_dict(ITEMS(1), ITEMS(0), 1, slot()));
  TRY(tsrt_value_new_list(ITEMS(0), 2, slot()));
  TRY(tsrt_value_item(made[3], 0, slot()));
  TRY(tsrt_value_get_int(made[4], &i));
  CHECK(i == 7);
  tsrt_value **key = slot(), **item = slot();
  TRY(tsrt_value_entry(made[2], 0, key, item));
  CHECK(*key && *item);
  TRY(tsrt_value_get_string(*key, &text, &size));
  CHECK(size == 4 && strcmp(text, "name") == 0);
  TRY(tsrt_value_type(made[2], &text));
  CHECK(strstr(text, "Dict"));
  TRY(tsrt_value_describe(made[2], &json));
out:
  tsrt_string_free(json);
  return freed(e);
}

static tsrt_error *wrong_kind(void) {
  bool b = false;
  tsrt_error *e = NULL;
  TRY(tsrt_value_new_string("no bool, but quite a long string", 32, slot()));
  TRY(tsrt_value_get_bool(made[0], &b));
out:
  return freed(e);
}

static tsrt_error *add_row(void) {
  const tsrt_tensor row = view(numbers, float32, 1, two);
  return tsrt_value_new_tensor(&row, slot());
}

/* {"a long name ...": [row, row]} through a model that hands the rows back. */
static tsrt_error *nested_run(void) {
  tsrt_managed_tensor *tensor = NULL;
  size_t size = 0;
  tsrt_error *e = NULL;
  TRY(tsrt_value_new_string("a name that is too long for the object", 38, slot()));
  TRY(add_row());
  TRY(add_row());
  TRY(tsrt_value_new_list(ITEMS(1), 2, slot()));
  TRY(tsrt_value_new_dict(ITEMS(0), ITEMS(3), 1, slot()));
  TRY(tsrt_value_new_tuple(ITEMS(4), 1, slot()));
  TRY(tsrt_model_run(nested, "forward", made[5], NULL, slot()));
  TRY(tsrt_value_size(made[6], &size));
  CHECK(size == 2);
  TRY(tsrt_value_item(made[6], 1, slot()));
  TRY(tsrt_value_get_tensor(made[7], &tensor));
  CHECK(memcmp(data_of(tensor), numbers, 8) == 0 && data_of(tensor) != (void *)numbers);
out:
  tsrt_managed_tensor_free(tensor);
  return freed(e);
}

static tsrt_error *dict_run(void) {
  tsrt_error *e = NULL;
  TRY(add_row());
  TRY(tsrt_value_new_tuple(ITEMS(0), 1, slot()));
  TRY(tsrt_model_run(dict_out, "forward", made[1], NULL, slot()));
  tsrt_value **key = slot(), **item = slot();
  TRY(tsrt_value_entry(made[2], 1, key, item));
out:
  return freed(e);
}

static tsrt_error *rows_run(void) {
  tsrt_error *e = NULL;
  TRY(tsrt_value_new_string("k", 1, slot()));
  TRY(add_row());
  TRY(tsrt_value_new_dict(ITEMS(0), ITEMS(1), 1, slot()));
  TRY(tsrt_value_new_tuple(ITEMS(2), 1, slot()));
  TRY(tsrt_model_run(kinds, "rows", made[3], NULL, slot()));
out:
  return freed(e);
}

static tsrt_error *named_run(void) {
  const char *text = NULL;
  size_t size = 0;
  tsrt_error *e = NULL;
  TRY(tsrt_value_new_string("times", 5, slot()));
  TRY(tsrt_value_new_int(20, slot()));
  TRY(tsrt_value_new_dict(ITEMS(0), ITEMS(1), 1, slot()));
  TRY(tsrt_value_new_string("hi", 2, slot()));
  TRY(tsrt_value_new_tuple(ITEMS(3), 1, slot()));
  TRY(tsrt_model_run(scalars, "greet", made[4], made[2], slot()));
  TRY(tsrt_value_get_string(made[5], &text, &size));
  CHECK(size == 78);
out:
  return freed(e);
}

static tsrt_error *wrong_argument(void) {
  tsrt_error *e = NULL;
  TRY(tsrt_value_new_int(1, slot()));
  TRY(tsrt_value_new_tuple(ITEMS(0), 1, slot()));
  TRY(tsrt_model_run(nested, "forward", made[1], NULL, slot()));
out:
  return freed(e);
}

static tsrt_error *no_method(void) {
  return tsrt_model_run(kinds, "absent", NULL, NULL, &made[0]);
}

static tsrt_error *quantized_run(void) {
  int8_t integers[2] = {1, 2};
  double scale = 0.5;
  int64_t zero = 3, none = 0;
  const tsrt_dtype int8 = TSRT_INT8, float64 = TSRT_FLOAT64;
  const tsrt_tensor q = view(integers, int8, 1, two);
  const tsrt_tensor scales = view(&scale, float64, 0, &none), zeros = view(&zero, int64, 0, &none);
  tsrt_managed_tensor *tensor = NULL;
  tsrt_error *e = NULL;
  TRY(tsrt_value_new_quantized(&q, &scales, &zeros, -1, slot()));
  TRY(tsrt_value_new_tuple(ITEMS(0), 1, slot()));
  TRY(tsrt_model_run(quantized, "same", made[1], NULL, slot()));
  TRY(tsrt_value_get_tensor(made[2], &tensor));
  CHECK(memcmp(data_of(tensor), integers, 2) == 0);
out:
  tsrt_managed_tensor_free(tensor);
  return freed(e);
}

void prepare_values(const char *folder) {
  models_folder = folder;
  nested = load("nested");
  kinds = load("kinds");
  scalars = load("scalars");
  dict_out = load("dict_out");
  quantized = load("quantized");
}

void release_values(void) {
  tsrt_model *all[] = {nested, kinds, scalars, dict_out, quantized};
  for (size_t i = 0; i < COUNT(all); ++i) tsrt_model_free(all[i]);
}

const operation value_operations[] = {
    {"values: make", makers, NULL, 0},
    {"values: read", readers, NULL, 0},
    {"values: wrong kind", wrong_kind, NULL, TSRT_INVALID_ARGUMENT},
    {"run, nested", nested_run, NULL, 0},
    {"run, a dict", dict_run, NULL, 0},
    {"run, rows", rows_run, NULL, 0},
    {"run, by name", named_run, NULL, 0},
    {"run: wrong argument", wrong_argument, NULL, TSRT_INVALID_ARGUMENT},
    {"run: no method", no_method, NULL, TSRT_NOT_FOUND},
    {"run, quantized", quantized_run, NULL, 0},
    {NULL, NULL, NULL, 0},
};
