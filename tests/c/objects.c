/* Objects of TorchScript classes and members of enum classes: held, called, passed on. */
#include "calls.h"

static tsrt_value *make(tsrt_model *model, int64_t start) {
  return run(model, "make", TUPLE(new_int(start)), NULL);
}

static int64_t total_of(const tsrt_value *tally) {
  return int_in(attribute(tally, "total"));
}

static void add(const tsrt_value *tally, int64_t n, int64_t wanted) {
  CHECK(int_in(call(tally, "add", TUPLE(new_int(n)))) == wanted);
}

static void test_call(void) {
  tsrt_model *model = load("objects");
  tsrt_value *tally = make(model, 5);
  CHECK(tsrt_value_kind(tally) == TSRT_KIND_OBJECT && is_type(tally, "Tally"));
  CHECK(total_of(tally) == 5);
  add(tally, 2, 7);
  tsrt_value *kwargs = pair("name", new_string("b")), *result = NULL;
  tsrt_value *args = TUPLE(new_int(1));
  CHECK_OK(tsrt_value_call(tally, "add", args, kwargs, &result));
  CHECK(int_in(result) == 8);
  tsrt_value_free(args);
  tsrt_value_free(kwargs);
  CHECK(int_in(call(tally, "__len__", NULL)) == 2);
  tsrt_value *names = attribute(tally, "names");
  CHECK(size_of(names) == 2 && text_in(item(names, 1), "b") && is_type(names, "List[str]"));
  add(tally, 1, 9);
  CHECK(size_of(names) == 2); /* a copy, which stays as it was */
  tsrt_value_free(names);
  tsrt_value *other = make(model, 5);
  CHECK(total_of(other) == 5);
  tsrt_value_free(other);
  tsrt_value_free(tally);
  tsrt_model_free(model);
}

/* What the object keeps is its own: neither the caller's memory nor what the caller was given. */
static void test_tensors_in_objects(void) {
  tsrt_model *model = load("objects");
  tsrt_value *tally = make(model, 0);
  tsrt_model_free(model);
  float *data = malloc(2 * sizeof *data);
  CHECK(data);
  data[0] = 1;
  data[1] = 2;
  tsrt_value_free(call(tally, "keep", TUPLE(new_row(data, 2))));
  data[0] = -1;
  free(data);
  CHECK(value_holds(attribute(tally, "last"), 2, (float[]){1, 2}));
  tsrt_value *doubled = call(tally, "double", NULL), *last = attribute(tally, "last");
  tsrt_managed_tensor *tensor = NULL;
  CHECK_OK(tsrt_value_get_tensor(doubled, &tensor));
  *(float *)data_of(tensor) = 100;
  tsrt_managed_tensor_free(tensor);
  CHECK(value_holds(doubled, 2, (float[]){100, 4}));
  CHECK(value_holds(attribute(tally, "last"), 2, (float[]){2, 4}));
  tsrt_value_free(call(tally, "double", NULL));
  CHECK(value_holds(last, 2, (float[]){2, 4}));
  tsrt_value_free(tally);
}

/* A method of the same model gets the object itself, a clone's or another model's gets a copy. */
static void test_by_reference(void) {
  tsrt_model *model = load("objects"), *clone = NULL;
  tsrt_value *tally = make(model, 1);
  CHECK(int_in(run(model, "feed", TUPLE(again(tally), new_int(10)), NULL)) == 11);
  CHECK(total_of(tally) == 11);
  tsrt_value *kwargs = pair("n", new_int(1));
  CHECK(int_in(run(model, "feed", TUPLE(again(tally)), kwargs)) == 12);
  CHECK(int_in(run(model, "feed_all", TUPLE(LIST(again(tally), again(tally)), new_int(1)), NULL)) ==
        2);
  CHECK(total_of(tally) == 14);
  CHECK_OK(tsrt_model_clone(model, &clone));
  CHECK(int_in(run(clone, "feed", TUPLE(again(tally), new_int(100)), NULL)) == 114);
  CHECK(total_of(tally) == 14);
  tsrt_model_free(model);
  add(tally, 1, 15);
  CHECK(int_in(run(clone, "feed", TUPLE(again(tally), new_int(100)), NULL)) == 115);
  tsrt_model_free(clone);
  add(tally, 1, 16);
  tsrt_value_free(tally);
}

/* An object that the model holds: changed by its path, and read as a copy. */
static void test_held_by_the_model(void) {
  tsrt_model *model = load("objects");
  tsrt_value *held = NULL, *result = NULL;
  CHECK(int_in(run(model, "held.add", TUPLE(new_int(1)), NULL)) == 101);
  CHECK(int_in(run(model, "held_total", NULL, NULL)) == 101);
  CHECK_OK(tsrt_model_get_attribute(model, "held", &held));
  CHECK(total_of(held) == 101);
  add(held, 1, 102);
  CHECK(int_in(run(model, "held_total", NULL, NULL)) == 101);
  CHECK_OK(tsrt_model_get_attribute(model, "held.total", &result));
  CHECK(int_in(result) == 101);
  tsrt_value *tally = make(model, 7);
  tsrt_value_free(run(model, "hold", TUPLE(again(tally)), NULL));
  CHECK(int_in(run(model, "held_total", NULL, NULL)) == 7);
  CHECK_OK(tsrt_model_set_attribute(model, "held", held));
  CHECK(int_in(run(model, "held_total", NULL, NULL)) == 102);
  add(held, 1, 103); /* what was set is a copy */
  CHECK(int_in(run(model, "held_total", NULL, NULL)) == 102);
  tsrt_model_free(model);
  tsrt_value_free(held);
  tsrt_value_free(tally);
}

/* What a copy of the model's object does to its tensors, the model does not see. */
static void test_copies_of_held_tensors(void) {
  tsrt_model *model = load("objects");
  float data[2] = {1, 2};
  tsrt_value *held = NULL, *last = NULL;
  tsrt_value_free(run(model, "held.keep", TUPLE(new_row(data, 2)), NULL));
  CHECK_OK(tsrt_model_get_attribute(model, "held", &held));
  CHECK(value_holds(call(held, "double", NULL), 2, (float[]){2, 4}));
  CHECK_OK(tsrt_model_get_attribute(model, "held.last", &last));
  CHECK(value_holds(last, 2, (float[]){1, 2}));
  tsrt_value_free(held);
  tsrt_model_free(model);
}

static void test_in_containers(void) {
  tsrt_model *model = load("objects");
  tsrt_value *many = run(model, "many", NULL, NULL), *key = NULL, *third = NULL;
  tsrt_model_free(model);
  tsrt_value *list = item(many, 0), *dict = item(many, 1), *alone = item(many, 2);
  tsrt_value_free(many);
  tsrt_value *first = item(list, 0), *second = item(list, 1), *again_first = item(list, 2);
  CHECK_OK(tsrt_value_entry(dict, 0, &key, &third));
  add(alone, 10, 11); /* the same object in three places */
  CHECK(total_of(first) == 11 && total_of(again_first) == 11);
  CHECK(total_of(second) == 2 && total_of(third) == 3 && is_text(key, "three"));
  free_all(ITEMS(list, dict, alone, first, second, again_first, key, third));
}

static void test_chains_and_circles(void) {
  tsrt_model *model = load("objects"), *clone = NULL;
  tsrt_value *ring = run(model, "ring", NULL, NULL);
  tsrt_value *chain = run(model, "chain", TUPLE(new_int(1000)), NULL);
  CHECK(int_in(run(model, "walk", TUPLE(again(chain), new_int(999)), NULL)) == 999);
  CHECK(int_in(run(model, "walk", TUPLE(again(chain), new_int(2000)), NULL)) == -999);
  CHECK(int_in(run(model, "walk", TUPLE(again(ring), new_int(5)), NULL)) == 2);
  CHECK_OK(tsrt_model_clone(model, &clone));
  tsrt_model_free(model);
  CHECK(int_in(run(clone, "walk", TUPLE(again(chain), new_int(999)), NULL)) == 999);
  CHECK(int_in(run(clone, "walk", TUPLE(again(ring), new_int(5)), NULL)) == 2);
  tsrt_model_free(clone);
  CHECK(int_in(attribute(ring, "number")) == 1 && is_type(ring, "Node"));
  tsrt_value *next = attribute(ring, "next"), *second = item(next, 0);
  CHECK(int_in(attribute(second, "number")) == 2);
  tsrt_value *rest = attribute(second, "next"), *first = item(rest, 0);
  CHECK(int_in(attribute(first, "number")) == 1);
  free_all(ITEMS(next, second, rest, first, ring, chain));
}

static void test_failures(void) {
  tsrt_model *model = load("objects");
  tsrt_value *tally = make(model, 1), *number = new_int(1), *found = (tsrt_value *)&found;
  call_fails(tally, "fail", NULL, NULL, TSRT_MODEL_ERROR, "the tally has failed");
  call_fails(tally, "absent", NULL, NULL, TSRT_NOT_FOUND, "add, double, fail, keep");
  call_fails(tally, "", NULL, NULL, TSRT_NOT_FOUND, "__len__");
  call_fails(tally, "add", NULL, NULL, invalid, "needs its argument 'n'");
  call_fails(tally, "add", TUPLE(new_string("s")), NULL, invalid, "has to be int");
  call_fails(tally, "add", TUPLE(new_int(1)), pair("z", new_int(1)), invalid, "no argument 'z'");
  call_fails(tally, "keep", TUPLE(new_int(1), new_int(2)), NULL, invalid, "2 were given");
  call_fails(tally, "add", new_int(1), NULL, invalid, "args is an int");
  call_fails(number, "add", NULL, NULL, invalid, "an int, not an object");
  CHECK_FAILS(tsrt_value_attribute(tally, "absent", &found), TSRT_NOT_FOUND, "total, names, last");
  CHECK(!found);
  CHECK_FAILS(tsrt_value_attribute(number, "name", &found), invalid, "an int, not an object");
  run_fails(model, "feed", TUPLE(new_int(1), new_int(1)), NULL, invalid, "Tally");
  tsrt_value *ring = run(model, "ring", NULL, NULL);
  run_fails(model, "feed", TUPLE(ring, new_int(1)), NULL, invalid, "Tally");
  add(tally, 1, 2); /* as usable as before */
  tsrt_value_free(number);
  tsrt_value_free(tally);
  tsrt_model_free(model);
}

static void test_two_models(void) {
  tsrt_model *one = load("objects"), *two = load("objects");
  tsrt_value *a = make(one, 1), *b = make(two, 2), *out = (tsrt_value *)&out;
  const tsrt_value *const both[2] = {a, b};
  tsrt_value *const keys[2] = {new_int(1), new_int(2)};
  const tsrt_value *const *const names = (const tsrt_value *const *)keys;
  CHECK_FAILS(tsrt_value_new_list(both, 2, &out), invalid, "another model");
  CHECK(!out);
  CHECK_FAILS(tsrt_value_new_tuple(both, 2, &out), invalid, "another model");
  CHECK_FAILS(tsrt_value_new_dict(names, both, 2, &out), invalid, "another model");
  CHECK(!out);
  run_fails(two, "feed", TUPLE(again(a), new_int(1)), NULL, invalid, "Tally");
  tsrt_model_free(one);
  tsrt_model_free(two);
  free_all(ITEMS(a, b, keys[0], keys[1]));
}

static void test_enums(void) {
  tsrt_model *model = load("objects"), *clone = NULL;
  tsrt_value *green = run(model, "other", TUPLE(new_string("RED")), NULL), *color = NULL;
  CHECK(tsrt_value_kind(green) == TSRT_KIND_ENUM && is_type(green, "Color"));
  CHECK(text_in(attribute(green, "name"), "GREEN") && int_in(attribute(green, "value")) == 2);
  color = run(model, "other", TUPLE(again(green)), NULL);
  CHECK(text_in(attribute(color, "name"), "RED"));
  tsrt_value_free(color);
  run_fails(model, "other", TUPLE(new_string("BLUE")), NULL, invalid,
            "argument 'color' is 'BLUE' and has to be one of RED, GREEN");
  run_fails(model, "other", TUPLE(new_int(1)), NULL, invalid, "Color");
  CHECK_FAILS(tsrt_value_attribute(green, "size", &color), TSRT_NOT_FOUND, "name, value");
  call_fails(green, "name", NULL, NULL, invalid, "not an object");
  CHECK_OK(tsrt_model_clone(model, &clone));
  tsrt_value_free(run(clone, "other", TUPLE(again(green)), NULL));
  tsrt_model_free(clone);
  tsrt_value *name = new_string("GREEN");
  CHECK_OK(tsrt_model_set_attribute(model, "color", name));
  CHECK_OK(tsrt_model_get_attribute(model, "color", &color));
  CHECK(text_in(attribute(color, "name"), "GREEN"));
  tsrt_value *colors = run(model, "colors", NULL, NULL), *key = NULL, *red = NULL;
  tsrt_model_free(model);
  CHECK_OK(tsrt_value_entry(colors, 0, &key, &red));
  CHECK(tsrt_value_kind(red) == TSRT_KIND_ENUM && int_in(attribute(red, "value")) == 1);
  free_all(ITEMS(green, color, name, colors, key, red));
}

static void check_description(const tsrt_value *value, const char *const *parts, size_t n) {
  char *json = NULL;
  CHECK_OK(tsrt_value_describe(value, &json));
  for (size_t i = 0; i < n; ++i) CHECK(strstr(json, parts[i]));
  tsrt_string_free(json);
}

static void test_describe(void) {
  tsrt_model *model = load("objects");
  tsrt_value *tally = make(model, 1), *color = run(model, "other", TUPLE(new_string("RED")), NULL);
  tsrt_value *number = new_int(1);
  const char *const of_tally[] = {"Tally\"", "\"add\"", "\"__len__\"",
                                  "\"attributes\":[\"total\",\"names\",\"last\"]"};
  const char *const of_color[] = {"Color", "\"methods\":[]", "\"attributes\":[\"name\",\"value\"]"};
  const char *const of_number[] = {"\"type\":\"int\"", "\"methods\":[]", "\"attributes\":[]"};
  check_description(tally, of_tally, COUNT(of_tally));
  check_description(color, of_color, COUNT(of_color));
  check_description(number, of_number, COUNT(of_number));
  free_all(ITEMS(tally, color, number));
  tsrt_model_free(model);
}

static void test_null_arguments(void) {
  tsrt_model *model = load("objects");
  tsrt_value *tally = make(model, 1), *out = (tsrt_value *)&out;
  char *json = (char *)&json;
  const char *name = "";
  call_fails(NULL, "add", NULL, NULL, invalid, "NULL");
  call_fails(tally, NULL, NULL, NULL, invalid, "method is NULL");
  CHECK_FAILS(tsrt_value_call(tally, "__len__", NULL, NULL, NULL), invalid, "result is NULL");
  CHECK_FAILS(tsrt_value_attribute(NULL, "total", &out), invalid, "NULL");
  CHECK(!out);
  CHECK_FAILS(tsrt_value_attribute(tally, NULL, &out), invalid, "name");
  CHECK_FAILS(tsrt_value_attribute(tally, "total", NULL), invalid, "attribute is NULL");
  CHECK_FAILS(tsrt_value_describe(NULL, &json), invalid, "NULL");
  CHECK(!json);
  CHECK_FAILS(tsrt_value_describe(tally, NULL), invalid, "json is NULL");
  CHECK_FAILS(tsrt_value_type(NULL, &name), invalid, "NULL");
  CHECK(!name);
  CHECK_FAILS(tsrt_value_type(tally, NULL), invalid, "NULL");
  tsrt_value_free(tally);
  tsrt_model_free(model);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_call();
  test_tensors_in_objects();
  test_by_reference();
  test_in_containers();
  test_failures();
  test_two_models();
  test_enums();
  test_describe();
  test_held_by_the_model();
  test_copies_of_held_tensors();
  test_chains_and_circles();
  test_null_arguments();
  return finish();
}
