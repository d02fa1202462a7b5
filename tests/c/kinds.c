/* Every kind of value, in and out: how it is converted, and how what does not fit is named. */
#include "calls.h"

static tsrt_value *ask(tsrt_model *model, const char *method, tsrt_value *argument) {
  return run(model, method, TUPLE(argument), NULL);
}

static void ask_fails(tsrt_model *model, const char *method, tsrt_value *argument,
                      const char *part) {
  run_fails(model, method, TUPLE(argument), NULL, invalid, part);
}

static void test_complex(tsrt_model *model) {
  tsrt_value *z = NULL, *turned = NULL;
  double real = 9, imaginary = 9;
  float data[1] = {3};
  CHECK_FAILS(tsrt_value_new_complex(1, 2, NULL), invalid, "value is NULL");
  CHECK_OK(tsrt_value_new_complex(1, 2, &z));
  CHECK(tsrt_value_kind(z) == TSRT_KIND_COMPLEX);
  turned = ask(model, "rotate", z);
  CHECK_OK(tsrt_value_get_complex(turned, &real, &imaginary));
  CHECK(real == -2 && imaginary == 1 && is_type(turned, "complex"));
  CHECK_FAILS(tsrt_value_get_complex(turned, NULL, &imaginary), invalid, "NULL");
  CHECK_FAILS(tsrt_value_get_complex(turned, &real, NULL), invalid, "NULL");
  CHECK(real == 0);
  tsrt_value_free(turned);
  turned = ask(model, "rotate", new_int(3)); /* an int where a complex number is wanted */
  CHECK_OK(tsrt_value_get_complex(turned, &real, &imaginary));
  CHECK(real == 0 && imaginary == 3);
  tsrt_value_free(turned);
  tsrt_value *text = new_string("1j"), *tensor = ask(model, "turn", new_row(data, 1));
  CHECK_FAILS(tsrt_value_get_complex(text, &real, &imaginary), invalid, "not a complex number");
  CHECK_FAILS(tsrt_value_get_complex(NULL, &real, &imaginary), invalid, "NULL");
  ask_fails(model, "rotate", text, "'z' is a str and has to be complex");
  tsrt_managed_tensor *handle = NULL;
  CHECK_OK(tsrt_value_get_tensor(tensor, &handle));
  CHECK(handle->tensor.dtype.code == TSRT_COMPLEX && handle->tensor.dtype.bits == 64);
  CHECK(((float *)data_of(handle))[1] == 3);
  tsrt_managed_tensor_free(handle);
  tsrt_value_free(tensor);
}

static void test_devices(tsrt_model *model) {
  tsrt_value *device = ask(model, "place", new_string("cpu"));
  CHECK(tsrt_value_kind(device) == TSRT_KIND_DEVICE && is_text(device, "cpu"));
  CHECK(text_in(ask(model, "place", device), "cpu")); /* passed back */
  run_fails(model, "place", TUPLE(new_string("nonsense")), NULL, TSRT_DEVICE, "has cpu");
  ask_fails(model, "place", new_int(0), "'device' is an int");
}

static void test_dtypes(tsrt_model *model) {
  const tsrt_dtype bad = {99, 7, 1};
  tsrt_value *type = NULL, *result = NULL;
  tsrt_managed_tensor *tensor = NULL;
  float data[1] = {2.5f};
  CHECK_FAILS(tsrt_value_new_dtype(int64, NULL), invalid, "value is NULL");
  CHECK_FAILS(tsrt_value_new_dtype(bad, &type), invalid, "code=99");
  CHECK(!type);
  CHECK_OK(tsrt_value_new_dtype(int64, &type));
  CHECK(tsrt_value_kind(type) == TSRT_KIND_INT);
  result = run(model, "cast", TUPLE(new_row(data, 1), type), NULL);
  CHECK_OK(tsrt_value_get_tensor(result, &tensor));
  CHECK(same_dtype(tensor->tensor.dtype, int64) && *(int64_t *)data_of(tensor) == 2);
  tsrt_managed_tensor_free(tensor);
  tsrt_value_free(result);
}

static void test_named_tuples(tsrt_model *model) {
  tsrt_value *range = ask(model, "widen", TUPLE(new_int(1), new_int(2))); /* a plain one will do */
  const char *name = "";
  CHECK(tsrt_value_kind(range) == TSRT_KIND_TUPLE && is_type(range, "Range"));
  CHECK_OK(tsrt_value_field(range, 0, &name));
  CHECK(strcmp(name, "low") == 0 && int_in(item(range, 0)) == 0);
  CHECK_OK(tsrt_value_field(range, 1, &name));
  CHECK(strcmp(name, "high") == 0);
  CHECK_FAILS(tsrt_value_field(range, 2, &name), invalid, "there are 2");
  CHECK(!name);
  CHECK_FAILS(tsrt_value_field(range, 0, NULL), invalid, "NULL");
  CHECK_FAILS(tsrt_value_field(NULL, 0, &name), invalid, "NULL");
  CHECK(int_in(item(range, 0)) == 0);
  tsrt_value *wider = ask(model, "widen", range), *plain = TUPLE(new_int(1)), *list = LIST(wider);
  CHECK_OK(tsrt_value_field(plain, 0, &name));
  CHECK(!name);
  CHECK_FAILS(tsrt_value_field(list, 0, &name), invalid, "a list, not a tuple");
  ask_fails(model, "widen", plain, "'r' is a tuple of 1");
  tsrt_value_free(list);
}

static void test_arguments(tsrt_model *model) {
  tsrt_value *keys[2] = {new_string("c"), new_string("b")}, *kwargs = NULL;
  tsrt_value *values[2] = {new_int(30), new_int(20)};
  CHECK_OK(tsrt_value_new_dict((const tsrt_value *const *)keys, (const tsrt_value *const *)values,
                               2, &kwargs));
  free_all(keys, 2);
  free_all(values, 2);
  tsrt_value *order = run(model, "order", TUPLE(new_int(10)), kwargs);
  CHECK(int_in(item(order, 0)) == 10 && int_in(item(order, 1)) == 20);
  CHECK(int_in(item(order, 2)) == 30);
  tsrt_value_free(order);
  order = run(model, "order", NULL, pair("a", new_int(1)));
  CHECK(int_in(item(order, 1)) == 2 && int_in(item(order, 2)) == 3);
  tsrt_value_free(order);
  run_fails(model, "order", NULL, NULL, invalid, "needs its argument 'a'");
  tsrt_value *four = TUPLE(new_int(1), new_int(2), new_int(3), new_int(4));
  run_fails(model, "order", four, NULL, invalid, "takes 3 arguments and 4 were given");
  run_fails(model, "order", TUPLE(new_int(1)), pair("d", new_int(1)), invalid, "no argument 'd'");
  run_fails(model, "order", TUPLE(new_int(1)), pair("a", new_int(1)), invalid, "'a' twice");
}

static void test_open_types(tsrt_model *model) {
  tsrt_value *none = ask(model, "maybe", new_none());
  float data[1] = {4};
  CHECK(tsrt_value_kind(none) == TSRT_KIND_NONE);
  CHECK(int_in(ask(model, "maybe", new_int(1))) == 2);
  ask_fails(model, "maybe", new_string("s"), "Optional[int]");
  CHECK(text_in(ask(model, "union", new_string("s")), "str"));
  CHECK(text_in(ask(model, "union", new_int(1)), "int"));
  CHECK(text_in(ask(model, "union", LIST(new_string("s"))), "list"));
  ask_fails(model, "union", LIST(new_int(1)), "'x' is a list and has to be Union");
  ask_fails(model, "union", new_float(1.5), "Union");
  CHECK(value_holds(ask(model, "scalar", new_int(3)), 1, (float[]){3}));
  CHECK(value_holds(ask(model, "scalar", new_float(1.5)), 1, (float[]){1.5}));
  CHECK(value_holds(ask(model, "scalar", new_row(data, 1)), 1, (float[]){4}));
  ask_fails(model, "scalar", new_string("s"), "'x' is a str");
  CHECK(text_in(ask(model, "anything", new_row(data, 1)), "tensor"));
  CHECK(text_in(ask(model, "anything", LIST(new_int(1), new_int(2))), "ints"));
  CHECK(text_in(ask(model, "anything", LIST(new_int(1), none)), "other"));
  CHECK(text_in(ask(model, "anything", new_string("s")), "str"));
  CHECK(text_in(ask(model, "anything", new_none()), "other"));
}

static void test_containers(tsrt_model *model) {
  tsrt_value *pairs = LIST(TUPLE(new_string("a"), new_int(1)), TUPLE(new_string("b"), new_int(2)));
  tsrt_value *total = ask(model, "total", pairs), *key = NULL, *value = NULL;
  CHECK(text_in(item(total, 0), "ab") && int_in(item(total, 1)) == 3);
  tsrt_value *names = ask(model, "names", entry_of(new_int(7), new_string("seven")));
  CHECK_OK(tsrt_value_entry(names, 0, &key, &value));
  CHECK(int_in(key) == -7 && text_in(value, "seven") && is_type(names, "Dict[int, str]"));
  float data[4] = {1, 2, 3, 4};
  int64_t shape[2] = {2, 2};
  const tsrt_tensor x = view(data, float32, 2, shape);
  CHECK_OK(tsrt_value_new_tensor(&x, &value));
  tsrt_value *rows = ask(model, "rows", pair("x", value));
  CHECK(size_of(rows) == 2 && is_type(rows, "List[Dict[str, Tensor]]"));
  tsrt_value *second = item(rows, 1);
  CHECK_OK(tsrt_value_entry(second, 0, &key, &value));
  CHECK(text_in(key, "x") && value_holds(value, 2, (float[]){3, 4}));
  free_all(ITEMS(total, names, rows, second));
}

static void test_empty_containers(tsrt_model *model) {
  tsrt_value *dict = NULL;
  CHECK_OK(tsrt_value_new_dict(NULL, NULL, 0, &dict));
  tsrt_value *all = run(model, "empty", TUPLE(list_of(NULL, 0), dict, tuple_of(NULL, 0)), NULL);
  const char *const types[] = {"List[int]", "Dict[str, Tensor]", "List[Tensor]"};
  for (size_t i = 0; i < COUNT(types); ++i) {
    tsrt_value *each = item(all, i);
    CHECK(size_of(each) == 0 && is_type(each, types[i]));
    tsrt_value_free(each);
  }
  CHECK(int_in(item(all, 3)) == 0);
  tsrt_value_free(all);
}

static void test_text(tsrt_model *model) {
  tsrt_value *text = NULL;
  const struct {
    const char *text;
    size_t size;
    const char *part;
  } bad[] = {{"ab\xff", 3, "byte 2"},          {"\x80", 1, "byte 0"},
             {"a\xc3", 2, "byte 1"},           {"\xc0\xaf", 2, "byte 0"},
             {"\xed\xa0\x80", 3, "byte 0"},    {"a\0\xfe", 3, "byte 2"},
             {"\xf4\x90\x80\x80", 4, "byte 0"}};
  for (size_t i = 0; i < COUNT(bad); ++i) {
    CHECK_FAILS(tsrt_value_new_string(bad[i].text, bad[i].size, &text), invalid, bad[i].part);
    CHECK(!text);
  }
  CHECK_OK(tsrt_value_new_string("a\0b", 3, &text));
  CHECK(int_in(ask(model, "bytes_in", text)) == 3);
  CHECK_OK(tsrt_value_new_string("a\0b", 3, &text));
  const char *found = NULL;
  size_t size = 0;
  tsrt_value *echo = ask(model, "echo", text);
  CHECK_OK(tsrt_value_get_string(echo, &found, &size));
  CHECK(size == 3 && memcmp(found, "a\0b", 4) == 0);
  tsrt_value_free(echo);
  tsrt_value *half = ask(model, "first_byte", new_string("\xc3\xbc"));
  CHECK_OK(tsrt_value_get_string(half, &found, &size)); /* the model may cut as it likes */
  CHECK(size == 1 && memcmp(found, "\xc3", 2) == 0);
  tsrt_value_free(half);
}

/* An error names the place of what does not fit. */
static void test_places(tsrt_model *model) {
  float data[1] = {1};
  ask_fails(model, "lists", pair("a", LIST(new_int(1))),
            "argument 'x'['a'][0] is an int and has to be Tensor");
  ask_fails(model, "lists", pair("a", LIST(new_row(data, 1), new_string("s"))), "'x'['a'][1]");
  ask_fails(model, "lists", pair("a", new_none()), "'x'['a'] is None and has to be List[Tensor]");
  ask_fails(model, "lists", entry_of(new_int(1), LIST(new_row(data, 1))), "'x' key is an int");
  ask_fails(model, "total", LIST(TUPLE(new_string("a"), new_float(1))), "'x'[0][1] is a float");
  ask_fails(model, "total", LIST(TUPLE(new_string("a"))), "'x'[0] is a tuple of 1");
  ask_fails(model, "names", entry_of(new_int(3), new_int(4)), "'x'[3] is an int");
}

static void test_depth(tsrt_model *model) {
  tsrt_value *deep = new_int(1), *deeper = NULL;
  for (int depth = 0; depth < 63; ++depth) deep = LIST(deep);
  deep = ask(model, "echo", deep); /* with the tuple of arguments: 64 levels */
  for (int depth = 0; depth < 63; ++depth) {
    tsrt_value *inner = item(deep, 0);
    tsrt_value_free(deep);
    deep = inner;
  }
  CHECK(int_in(deep) == 1);
  deep = new_int(1);
  for (int depth = 0; depth < 64; ++depth) deep = TUPLE(deep);
  CHECK_FAILS(tsrt_value_new_list((const tsrt_value *const *)&deep, 1, &deeper), invalid,
              "nest deeper than 64 levels");
  CHECK(!deeper);
  tsrt_value_free(deep);
}

static void test_futures(void) {
  tsrt_model *model = load("futures");
  float data[1] = {1};
  CHECK(value_holds(ask(model, "later", new_row(data, 1)), 1, (float[]){2}));
  tsrt_value *several = ask(model, "several", new_row(data, 1));
  CHECK(value_holds(item(several, 1), 1, (float[]){3}));
  tsrt_value_free(several);
  run_fails(model, "failing", TUPLE(new_row(data, 1)), NULL, TSRT_MODEL_ERROR, "shape");
  tsrt_model_free(model);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  tsrt_model *model = load("kinds");
  test_complex(model);
  test_devices(model);
  test_dtypes(model);
  test_named_tuples(model);
  test_arguments(model);
  test_open_types(model);
  test_containers(model);
  test_empty_containers(model);
  test_text(model);
  test_places(model);
  test_depth(model);
  tsrt_model_free(model);
  test_futures();
  return finish();
}
