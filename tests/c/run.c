/* tsrt_model_run: any method, on any values; and tsrt_model_describe, which lists them. */
#include "calls.h"

static void test_null_arguments(void) {
  tsrt_model *model = load("scalars");
  tsrt_value *one = new_int(1);
  run_fails(NULL, "nothing", NULL, NULL, invalid, "model is NULL");
  run_fails(model, NULL, NULL, NULL, invalid, "method is NULL");
  CHECK_FAILS(tsrt_model_run(model, "nothing", NULL, NULL, NULL), invalid, "result is NULL");
  run_fails(model, "nothing", new_int(1), NULL, invalid, "args is an int");
  run_fails(model, "nothing", NULL, new_int(1), invalid, "kwargs is an int");
  tsrt_value *dict = NULL;
  CHECK_OK(tsrt_value_new_dict((const tsrt_value *const *)&one, (const tsrt_value *const *)&one, 1,
                               &dict));
  run_fails(model, "nothing", NULL, dict, invalid, "a key that is no string");
  tsrt_value_free(one);
  tsrt_value *nothing = run(model, "nothing", NULL, NULL);
  CHECK(tsrt_value_kind(nothing) == TSRT_KIND_NONE);
  tsrt_value_free(nothing);
  tsrt_model_free(model);
}

static void test_methods(void) {
  tsrt_model *model = load("scalars");
  run_fails(model, "absent", NULL, NULL, TSRT_NOT_FOUND, "greet");
  run_fails(model, "", NULL, NULL, TSRT_NOT_FOUND, "forward");
  tsrt_value *greeting =
      run(model, "greet", tuple_of((tsrt_value *[]){new_string("hi"), new_int(2)}, 2), NULL);
  tsrt_model_free(model);
  CHECK(is_text(greeting, "hi, hi"));
  tsrt_value_free(greeting);
  model = load("no_forward");
  float data[2] = {1, 2};
  run_fails(model, "forward", NULL, NULL, TSRT_NOT_FOUND, "double");
  tsrt_value *twice = run(model, "double", tuple_of((tsrt_value *[]){new_row(data, 2)}, 1), NULL);
  tsrt_model_free(model);
  CHECK(value_holds(twice, 2, (float[]){2, 4}));
}

static void test_arguments(void) {
  tsrt_model *model = load("scalars"); /* x * scale + shift */
  float data[2] = {1, 2}, five[1] = {5};
  tsrt_value *row = new_row(data, 2);
  tsrt_value *args = NULL;
  CHECK_OK(tsrt_value_new_list((const tsrt_value *const *)&row, 1, &args)); /* a list will do */
  CHECK(value_holds(run(model, "forward", args, NULL), 2, (float[]){3, 5}));
  args = tuple_of((tsrt_value *[]){new_row(data, 2), new_int(10)}, 2); /* an int for a float */
  CHECK(value_holds(run(model, "forward", args, pair("shift", new_int(0))), 2, (float[]){10, 20}));
  args = tuple_of((tsrt_value *[]){new_row(data, 2), new_row(five, 1)}, 2);
  CHECK(value_holds(run(model, "forward", args, NULL), 2, (float[]){6, 11}));
  CHECK(value_holds(run(model, "forward", NULL, pair("x", row)), 2, (float[]){3, 5}));
  tsrt_model_free(model);
}

static void test_wrong_arguments(void) {
  tsrt_model *model = load("scalars");
  float data[2] = {1, 2};
  run_fails(model, "forward", NULL, NULL, invalid, "needs its argument 'x'");
  run_fails(model, "forward", NULL, pair("y", new_int(1)), invalid, "no argument 'y'");
  run_fails(model, "forward", NULL, pair("self", new_int(1)), invalid, "no argument 'self'");
  run_fails(model, "forward", NULL, pair("x", new_int(1)), invalid, "'x' is an int");
  tsrt_value *args = tuple_of((tsrt_value *[]){new_row(data, 2)}, 1);
  run_fails(model, "forward", args, pair("x", new_int(1)), invalid, "twice");
  args = tuple_of((tsrt_value *[]){new_row(data, 2), new_string("s")}, 2);
  run_fails(model, "forward", args, NULL, invalid, "argument 'scale'");
  args = tuple_of((tsrt_value *[]){new_row(data, 2), new_int(1), new_int(1), new_int(1)}, 4);
  run_fails(model, "forward", args, NULL, invalid, "'negate' is an int");
  args = tuple_of((tsrt_value *[]){new_int(1)}, 1);
  run_fails(model, "nothing", args, NULL, invalid, "takes 0 arguments and 1 ");
  args = tuple_of((tsrt_value *[]){new_row(data, 2)}, 1);
  tsrt_value_free(run(model, "forward", args, NULL)); /* as usable as before */
  tsrt_model_free(model);
}

/* A tuple of an int, a float, a bool and a string goes in; each comes back changed. */
static void test_mixed_tuple(void) {
  tsrt_model *model = load("scalars");
  tsrt_value *yes = NULL;
  CHECK_OK(tsrt_value_new_bool(true, &yes));
  tsrt_value *values = tuple_of((tsrt_value *[]){new_int(1), new_int(2), yes, new_string("s")}, 4);
  tsrt_value *mixed = run(model, "mix", tuple_of(&values, 1), NULL);
  size_t size = 0;
  int64_t i = 0;
  double f = 0;
  bool b = true;
  CHECK_OK(tsrt_value_size(mixed, &size));
  CHECK(tsrt_value_kind(mixed) == TSRT_KIND_TUPLE && size == 5);
  tsrt_value *items[5];
  for (size_t k = 0; k < 5; ++k) items[k] = item(mixed, k);
  CHECK_OK(tsrt_value_get_int(items[0], &i));
  CHECK_OK(tsrt_value_get_float(items[1], &f));
  CHECK_OK(tsrt_value_get_bool(items[2], &b));
  CHECK(i == 2 && f == 4 && !b && is_text(items[3], "s!"));
  CHECK(tsrt_value_kind(items[4]) == TSRT_KIND_NONE);
  free_all(items, 5);
  tsrt_value_free(mixed);
  tsrt_model_free(model);
}

static void test_nested(void) {
  tsrt_model *model = load("nested"); /* picks one list out of a dict of lists, or joins them */
  float a[1] = {1}, b[2] = {2, 3};
  tsrt_value *list = list_of((tsrt_value *[]){new_row(a, 1), new_row(b, 2)}, 2);
  tsrt_value *args = tuple_of((tsrt_value *[]){pair("k", list)}, 1);
  tsrt_value *result = run(model, "forward", args, pair("pick", new_string("k")));
  a[0] = b[0] = 9; /* the result is in memory of its own */
  CHECK(tsrt_value_kind(result) == TSRT_KIND_LIST);
  CHECK(value_holds(item(result, 0), 1, (float[]){1}));
  CHECK(value_holds(item(result, 1), 2, (float[]){2, 3}));
  tsrt_value_free(result);
  args = tuple_of((tsrt_value *[]){pair("k", list_of(NULL, 0))}, 1); /* an empty list has a type */
  result = run(model, "forward", args, NULL);
  size_t size = 1;
  CHECK_OK(tsrt_value_size(result, &size));
  CHECK(size == 0);
  tsrt_value_free(result);
  args = tuple_of((tsrt_value *[]){pair("k", new_int(1))}, 1);
  run_fails(model, "forward", args, NULL, invalid, "'x'['k'] is an int and has to be List");
  args = tuple_of((tsrt_value *[]){pair("k", list_of(NULL, 0))}, 1);
  run_fails(model, "forward", args, pair("pick", new_string("z")), TSRT_MODEL_ERROR, "z");
  tsrt_model_free(model);
}

static void test_dict_out(void) {
  tsrt_model *model = load("dict_out");
  float data[2] = {1, 2};
  tsrt_value *key = NULL, *twice = NULL;
  tsrt_value *result = run(model, "forward", tuple_of((tsrt_value *[]){new_row(data, 2)}, 1), NULL);
  tsrt_model_free(model);
  CHECK(tsrt_value_kind(result) == TSRT_KIND_DICT);
  CHECK_OK(tsrt_value_entry(result, 0, &key, &twice));
  CHECK(is_text(key, "twice") && value_holds(twice, 2, (float[]){2, 4}));
  tsrt_value_free(key);
  tsrt_value_free(result);
}

static void test_writes_list(void) {
  tsrt_model *model = load("writes_list"); /* adds one to the first tensor of the list */
  float data[2] = {1, 2};
  tsrt_value *list = list_of((tsrt_value *[]){new_row(data, 2)}, 1);
  CHECK(value_holds(run(model, "forward", tuple_of(&list, 1), NULL), 2, (float[]){2, 3}));
  CHECK(data[0] == 1 && data[1] == 2);
  tsrt_model_free(model);
}

static void test_describe(void) {
  tsrt_model *model = load("counter");
  char *json = (char *)&json;
  CHECK_FAILS(tsrt_model_describe(NULL, &json), invalid, "model is NULL");
  CHECK(!json);
  CHECK_FAILS(tsrt_model_describe(model, NULL), invalid, "json is NULL");
  CHECK_OK(tsrt_model_describe(model, &json));
  const char *parts[] = {"\"format\":\"torchscript\"",
                         "\"device\":\"cpu\"",
                         "\"forward\"",
                         "\"weights\"",
                         "\"writes_state\":true",
                         "\"count\"",
                         "\"float32\"",
                         "[1000]",
                         "\"note.txt\""};
  for (size_t i = 0; i < COUNT(parts); ++i) CHECK(strstr(json, parts[i]));
  tsrt_model_free(model);
  CHECK(json[0] == '{'); /* the text is the caller's */
  tsrt_string_free(json);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_null_arguments();
  test_methods();
  test_arguments();
  test_wrong_arguments();
  test_mixed_tuple();
  test_nested();
  test_dict_out();
  test_writes_list();
  test_describe();
  return finish();
}
