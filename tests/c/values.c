/* Values: making them, reading them, taking them apart. */
#include "check.h"

/* The number in a value, which is freed. */
static int64_t int_in(tsrt_value *value) {
  int64_t i = -1;
  CHECK_OK(tsrt_value_get_int(value, &i));
  tsrt_value_free(value);
  return i;
}

static void free_all(tsrt_value **values, size_t n) {
  for (size_t i = 0; i < n; ++i) tsrt_value_free(values[i]);
}

static void test_scalars(void) {
  tsrt_value *none = NULL, *yes = NULL, *number = NULL, *real = NULL;
  bool b = false;
  int64_t i = 0;
  double f = 0;
  CHECK_OK(tsrt_value_new_none(&none));
  CHECK(tsrt_value_kind(none) == TSRT_KIND_NONE && tsrt_value_kind(NULL) == TSRT_KIND_NONE);
  CHECK_OK(tsrt_value_new_bool(true, &yes));
  CHECK(tsrt_value_kind(yes) == TSRT_KIND_BOOL);
  CHECK_OK(tsrt_value_get_bool(yes, &b));
  CHECK(b);
  CHECK_OK(tsrt_value_new_int(INT64_MIN, &number));
  CHECK(tsrt_value_kind(number) == TSRT_KIND_INT);
  CHECK_OK(tsrt_value_get_int(number, &i));
  CHECK(i == INT64_MIN);
  CHECK_OK(tsrt_value_new_float(-0.1, &real));
  CHECK(tsrt_value_kind(real) == TSRT_KIND_FLOAT);
  CHECK_OK(tsrt_value_get_float(real, &f));
  CHECK(f == -0.1);
  tsrt_value_free(none);
  tsrt_value_free(yes);
  tsrt_value_free(number);
  tsrt_value_free(real);
}

static void test_strings(void) {
  const char given[] = "gr\xc3\xbc\xc3\x9f\0e"; /* not ASCII, and a zero byte inside */
  const char *text = NULL;
  size_t size = 0;
  tsrt_value *value = NULL;
  CHECK_OK(tsrt_value_new_string(given, sizeof given - 1, &value));
  CHECK(tsrt_value_kind(value) == TSRT_KIND_STRING);
  CHECK_OK(tsrt_value_get_string(value, &text, &size));
  CHECK(text != given && size == sizeof given - 1 && memcmp(text, given, sizeof given) == 0);
  tsrt_value_free(value);
  CHECK_OK(tsrt_value_new_string(NULL, 0, &value));
  CHECK_OK(tsrt_value_get_string(value, &text, &size));
  CHECK(size == 0 && strcmp(text, "") == 0);
  tsrt_value_free(value);
}

static void test_tensors(void) {
  float data[6] = {1, 2, 3, 4, 5, 6};
  int64_t shape[2] = {2, 3};
  tsrt_tensor x = view(data, float32, 2, shape);
  tsrt_value *value = NULL;
  tsrt_managed_tensor *tensor = NULL;
  CHECK_OK(tsrt_value_new_tensor(&x, &value));
  shape[0] = -1; /* the struct and the shape were for the call only */
  memset(&x, 0, sizeof x);
  CHECK(tsrt_value_kind(value) == TSRT_KIND_TENSOR);
  CHECK_OK(tsrt_value_get_tensor(value, &tensor));
  CHECK(data_of(tensor) == data && tensor->tensor.ndim == 2 && tensor->tensor.shape[0] == 2);
  tsrt_value_free(value);
  CHECK(holds(tensor, 6, data));
}

static void test_sequences(void) {
  tsrt_value *items[3] = {new_int(10), new_string("a"), NULL}, *tuple = NULL, *list = NULL;
  CHECK_OK(tsrt_value_new_tuple((const tsrt_value *const *)items, 2, &tuple));
  items[2] = tuple;
  CHECK_OK(tsrt_value_new_list((const tsrt_value *const *)items, 3, &list));
  free_all(items, 3); /* the containers hold their own references */
  CHECK(tsrt_value_kind(list) == TSRT_KIND_LIST);
  size_t size = 0;
  CHECK_OK(tsrt_value_size(list, &size));
  CHECK(size == 3);
  tsrt_value *item = NULL, *inner = NULL;
  CHECK_OK(tsrt_value_item(list, 0, &item));
  CHECK(int_in(item) == 10);
  CHECK_OK(tsrt_value_item(list, 2, &item));
  CHECK_FAILS(tsrt_value_item(list, 3, &inner), TSRT_INVALID_ARGUMENT, "there are 3");
  CHECK_FAILS(tsrt_value_item(list, SIZE_MAX, &inner), TSRT_INVALID_ARGUMENT, "there are 3");
  tsrt_value_free(list);
  CHECK(tsrt_value_kind(item) == TSRT_KIND_TUPLE);
  CHECK_OK(tsrt_value_size(item, &size));
  CHECK(size == 2);
  CHECK_OK(tsrt_value_item(item, 0, &inner));
  CHECK(int_in(inner) == 10);
  tsrt_value_free(item);
}

static void test_empty_containers(void) {
  tsrt_value *value = NULL, *item = NULL, *key = NULL;
  size_t size = 9;
  CHECK_OK(tsrt_value_new_tuple(NULL, 0, &value));
  CHECK_OK(tsrt_value_size(value, &size));
  CHECK(size == 0);
  tsrt_value_free(value);
  CHECK_OK(tsrt_value_new_list(NULL, 0, &value));
  CHECK_FAILS(tsrt_value_item(value, 0, &item), TSRT_INVALID_ARGUMENT, "there are 0");
  tsrt_value_free(value);
  CHECK_OK(tsrt_value_new_dict(NULL, NULL, 0, &value));
  CHECK(tsrt_value_kind(value) == TSRT_KIND_DICT);
  CHECK_OK(tsrt_value_size(value, &size));
  CHECK(size == 0);
  CHECK_FAILS(tsrt_value_entry(value, 0, &key, &item), TSRT_INVALID_ARGUMENT, "there are 0");
  tsrt_value_free(value);
}

static void test_dict(void) {
  tsrt_value *keys[4] = {new_string("z"), new_string("a"), new_string("z"), new_string("m")};
  tsrt_value *values[4] = {new_int(1), new_int(2), new_int(3), new_int(4)};
  tsrt_value *dict = NULL, *key = NULL, *item = NULL;
  CHECK_OK(tsrt_value_new_dict((const tsrt_value *const *)keys, (const tsrt_value *const *)values,
                               4, &dict));
  free_all(keys, 4);
  free_all(values, 4);
  const char *names[] = {"z", "a",
                         "m"}; /* in insertion order, the second z in place of the first */
  const int64_t numbers[] = {3, 2, 4};
  size_t size = 0;
  CHECK_OK(tsrt_value_size(dict, &size));
  CHECK(size == 3);
  for (size_t i = 0; i < 3; ++i) {
    const char *text = NULL;
    CHECK_OK(tsrt_value_entry(dict, i, &key, &item));
    CHECK_OK(tsrt_value_get_string(key, &text, &size));
    CHECK(strcmp(text, names[i]) == 0 && int_in(item) == numbers[i]);
    tsrt_value_free(key);
  }
  CHECK_FAILS(tsrt_value_entry(dict, 3, &key, &item), TSRT_INVALID_ARGUMENT, "there are 3");
  CHECK(!key && !item);
  CHECK_FAILS(tsrt_value_item(dict, 0, &item), TSRT_INVALID_ARGUMENT, "not a list or tuple");
  CHECK_FAILS(tsrt_value_entry(dict, 0, NULL, &item), TSRT_INVALID_ARGUMENT, "NULL");
  CHECK_FAILS(tsrt_value_entry(dict, 0, &key, NULL), TSRT_INVALID_ARGUMENT, "NULL");
  CHECK(!key && !item);
  tsrt_value_free(dict);
}

static void test_dict_keys(void) {
  float number = 1;
  const tsrt_tensor x = view(&number, float32, 0, NULL);
  tsrt_value *keys[5] = {new_int(1), NULL, NULL, NULL, new_string("s")}, *none = NULL, *dict = NULL;
  CHECK_OK(tsrt_value_new_float(2.5, &keys[1]));
  CHECK_OK(tsrt_value_new_bool(true, &keys[2]));
  CHECK_OK(tsrt_value_new_tensor(&x, &keys[3]));
  CHECK_OK(tsrt_value_new_none(&none));
  const tsrt_value *const *const all = (const tsrt_value *const *)keys;
  for (size_t i = 0; i < 5; ++i) { /* each kind will do by itself */
    tsrt_value *key = NULL, *item = NULL;
    CHECK_OK(tsrt_value_new_dict(all + i, all + i, 1, &dict));
    CHECK_OK(tsrt_value_entry(dict, 0, &key, &item));
    CHECK(tsrt_value_kind(key) == tsrt_value_kind(keys[i]));
    CHECK(tsrt_value_kind(item) == tsrt_value_kind(keys[i]));
    tsrt_value_free(key);
    tsrt_value_free(item);
    tsrt_value_free(dict);
  }
  CHECK_FAILS(tsrt_value_new_dict(all, all, 2, &dict), TSRT_INVALID_ARGUMENT, "one kind");
  const tsrt_value *bad[1] = {none};
  CHECK_FAILS(tsrt_value_new_dict(bad, all, 1, &dict), TSRT_INVALID_ARGUMENT, "keys are strings");
  CHECK(!dict);
  free_all(keys, 5);
  tsrt_value_free(none);
}

/* Values nest only so deep, since LibTorch walks them recursively; what is too deep is an error. */
static void test_depth(void) {
  tsrt_value *value = new_int(1), *outer = NULL;
  tsrt_error *error = NULL;
  int depth = 0;
  while (!error && depth < 100000) {
    const tsrt_value *items[1] = {value};
    error = tsrt_value_new_tuple(items, 1, &outer);
    if (error) break;
    tsrt_value_free(value);
    value = outer;
    ++depth;
  }
  CHECK(depth >= 32 && !outer);
  CHECK_FAILS(error, TSRT_INVALID_ARGUMENT, "nest deeper");
  tsrt_value_free(value);
}

/* Every reader refuses every kind but its own, and says what it got. */
static void wrong_kind(const tsrt_value *value, int32_t own_kind, const char *name) {
  bool b = true;
  int64_t i = 1;
  double f = 1;
  size_t size = 1;
  const char *text = "";
  tsrt_managed_tensor *tensor = (tsrt_managed_tensor *)&tensor;
  tsrt_value *key = (tsrt_value *)&key, *item = (tsrt_value *)&item;
  const int32_t code = TSRT_INVALID_ARGUMENT;
  if (own_kind != TSRT_KIND_BOOL) CHECK_FAILS(tsrt_value_get_bool(value, &b), code, name);
  if (own_kind != TSRT_KIND_INT) CHECK_FAILS(tsrt_value_get_int(value, &i), code, name);
  if (own_kind != TSRT_KIND_FLOAT) CHECK_FAILS(tsrt_value_get_float(value, &f), code, name);
  if (own_kind != TSRT_KIND_STRING) {
    CHECK_FAILS(tsrt_value_get_string(value, &text, &size), code, name);
    CHECK(!text && size == 0);
  }
  CHECK_FAILS(tsrt_value_get_tensor(value, &tensor), code, name);
  if (own_kind != TSRT_KIND_TUPLE) {
    CHECK_FAILS(tsrt_value_size(value, &size), code, name);
    CHECK_FAILS(tsrt_value_item(value, 0, &item), code, name);
    CHECK(size == 0 && !item);
  }
  CHECK_FAILS(tsrt_value_entry(value, 0, &key, &item), code, name);
  CHECK(!tensor && !key && !item);
}

static void test_wrong_kinds(void) {
  tsrt_value *values[6] = {new_int(1), new_string("s"), NULL, NULL, NULL, NULL};
  CHECK_OK(tsrt_value_new_none(&values[2]));
  CHECK_OK(tsrt_value_new_bool(true, &values[3]));
  CHECK_OK(tsrt_value_new_float(1, &values[4]));
  CHECK_OK(tsrt_value_new_tuple((const tsrt_value *const *)values, 5, &values[5]));
  const char *names[6] = {"int", "str", "None", "bool", "float", "tuple"};
  for (size_t i = 0; i < 6; ++i) wrong_kind(values[i], tsrt_value_kind(values[i]), names[i]);
  free_all(values, 6);
  wrong_kind(NULL, -1, "NULL");
}

static void test_null_arguments(void) {
  tsrt_value *value = new_int(1), *out = (tsrt_value *)&out, *gap[2] = {value, NULL};
  const tsrt_value *const *const items = (const tsrt_value *const *)gap;
  const int32_t code = TSRT_INVALID_ARGUMENT;
  CHECK_FAILS(tsrt_value_new_none(NULL), code, "value is NULL");
  CHECK_FAILS(tsrt_value_new_bool(true, NULL), code, "value is NULL");
  CHECK_FAILS(tsrt_value_new_int(1, NULL), code, "value is NULL");
  CHECK_FAILS(tsrt_value_new_float(1, NULL), code, "value is NULL");
  CHECK_FAILS(tsrt_value_new_string("", 0, NULL), code, "value is NULL");
  CHECK_FAILS(tsrt_value_new_tensor(NULL, NULL), code, "value is NULL");
  CHECK_FAILS(tsrt_value_new_tuple(items, 1, NULL), code, "value is NULL");
  CHECK_FAILS(tsrt_value_new_list(items, 1, NULL), code, "value is NULL");
  CHECK_FAILS(tsrt_value_new_dict(items, items, 1, NULL), code, "value is NULL");
  CHECK_FAILS(tsrt_value_new_string(NULL, 1, &out), code, "text is NULL");
  CHECK_FAILS(tsrt_value_new_tensor(NULL, &out), code, "tensor is NULL");
  CHECK_FAILS(tsrt_value_new_tuple(NULL, 1, &out), code, "items is NULL");
  CHECK_FAILS(tsrt_value_new_list(NULL, 1, &out), code, "items is NULL");
  CHECK_FAILS(tsrt_value_new_tuple(items, 2, &out), code, "item 1 is NULL");
  CHECK_FAILS(tsrt_value_new_list(items, 2, &out), code, "item 1 is NULL");
  CHECK_FAILS(tsrt_value_new_dict(NULL, items, 1, &out), code, "NULL");
  CHECK_FAILS(tsrt_value_new_dict(items, NULL, 1, &out), code, "NULL");
  CHECK_FAILS(tsrt_value_new_dict(items, items, 2, &out), code, "item 1 is NULL");
  CHECK(!out);
  size_t size = 0;
  const char *text = NULL;
  CHECK_FAILS(tsrt_value_get_bool(value, NULL), code, "NULL");
  CHECK_FAILS(tsrt_value_get_int(value, NULL), code, "NULL");
  CHECK_FAILS(tsrt_value_get_float(value, NULL), code, "NULL");
  CHECK_FAILS(tsrt_value_get_string(value, NULL, &size), code, "NULL");
  CHECK_FAILS(tsrt_value_get_string(value, &text, NULL), code, "NULL");
  CHECK_FAILS(tsrt_value_get_tensor(value, NULL), code, "NULL");
  CHECK_FAILS(tsrt_value_size(value, NULL), code, "NULL");
  CHECK_FAILS(tsrt_value_item(value, 0, NULL), code, "NULL");
  tsrt_value_free(value);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_scalars();
  test_strings();
  test_tensors();
  test_sequences();
  test_empty_containers();
  test_dict();
  test_dict_keys();
  test_depth();
  test_wrong_kinds();
  test_null_arguments();
  return finish();
}
