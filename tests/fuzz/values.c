/* Values of any kind, built step by step on a stack, given to methods with many kinds of signature;
 * what comes back is taken apart and goes onto the stack. */
#include "fuzz.h"

enum { STACK = 24, STEPS = 60 };

static const struct {
  const char *model, *method;
} methods[] = {
    {"kinds", "rotate"},        {"kinds", "turn"},        {"kinds", "place"},
    {"kinds", "widen"},         {"kinds", "cast"},        {"kinds", "rows"},
    {"kinds", "lists"},         {"kinds", "order"},       {"kinds", "maybe"},
    {"kinds", "union"},         {"kinds", "scalar"},      {"kinds", "anything"},
    {"kinds", "echo"},          {"kinds", "total"},       {"kinds", "names"},
    {"kinds", "empty"},         {"kinds", "bytes_in"},    {"kinds", "first_byte"},
    {"objects", "make"},        {"objects", "feed"},      {"objects", "feed_all"},
    {"objects", "hold"},        {"objects", "other"},     {"objects", "many"},
    {"objects", "ring"},        {"objects", "colors"},    {"attributes", "forward"},
    {"attributes", "train"},    {"nested", "forward"},    {"attributes", "encoder.shift"},
    {"scalars", "mix"},         {"scalars", "nothing"},   {"quantized", "forward"},
    {"quantized", "by_row"},    {"quantized", "numbers"}, {"quantized", "same"},
    {"futures", "later"},       {"futures", "several"},   {"futures", "failing"},
    {"writes_list", "forward"}, {"dict_out", "forward"},  {"named_tuple_out", "forward"},
    {"sparse", "forward"},      {"conjugate", "forward"}};
static const char *const names[] = {"count", "label",  "scale",         "sizes", "table",  "modes",
                                    "x",     "weight", "encoder.steps", "total", "number", "value"};
static tsrt_model *models[COUNT(methods)], *objects, *attributes;
static int64_t handles;

static tsrt_value *stack[STACK];
static size_t top;
static float numbers[64];

static void prepare(void) {
  if (models[0]) return;
  for (size_t i = 0; i < COUNT(methods); ++i) {
    for (size_t j = 0; j < i && !models[i]; ++j)
      if (strcmp(methods[i].model, methods[j].model) == 0) models[i] = models[j];
    if (!models[i]) models[i] = fuzz_model(methods[i].model);
    if (strcmp(methods[i].model, "objects") == 0) objects = models[i];
    if (strcmp(methods[i].model, "attributes") == 0) attributes = models[i];
  }
  handles = tsrt_live_handles();
}

static void push(tsrt_value *value) {
  if (top < STACK && value)
    stack[top++] = value;
  else
    tsrt_value_free(value);
}

static const tsrt_value *pick(fuzz_input *in) {
  const size_t i = take_byte(in);
  return top ? stack[i % top] : NULL;
}

static tsrt_tensor take_tensor(fuzz_input *in, int64_t *shape) {
  static const tsrt_dtype dtypes[] = {TSRT_FLOAT32, TSRT_INT32, TSRT_INT8, TSRT_UINT8, TSRT_BOOL8};
  const uint8_t flags = take_byte(in);
  tsrt_tensor tensor = {numbers, {TSRT_CPU, 0}, flags % 4, dtypes[flags / 4 % 4], shape, NULL, 0};
  for (int i = 0; i < tensor.ndim; ++i) shape[i] = take_byte(in) % 4;
  return tensor;
}

static void push_leaf(fuzz_input *in, uint8_t kind) {
  tsrt_value *value = NULL;
  int64_t shape[4];
  switch (kind) {
    case 0:
      failed(tsrt_value_new_none(&value));
      break;
    case 1:
      failed(tsrt_value_new_bool(take_byte(in) & 1, &value));
      break;
    case 2:
      failed(tsrt_value_new_int(take_number(in), &value));
      break;
    case 3: {
      const uint64_t bits = take_bytes(in, 8);
      double number;
      memcpy(&number, &bits, sizeof number);
      failed(tsrt_value_new_float(number, &value));
      break;
    }
    case 4:
      failed(tsrt_value_new_complex(take_byte(in), (int8_t)take_byte(in), &value));
      break;
    case 5: {
      char *text = take_text(in);
      failed(tsrt_value_new_string(text, strlen(text), &value));
      free(text);
      break;
    }
    case 6: {
      const char *name = names[take_byte(in) % COUNT(names)];
      failed(tsrt_value_new_string(name, strlen(name), &value));
      break;
    }
    case 7: {
      const tsrt_dtype dtype = {take_byte(in), take_byte(in), 1};
      failed(tsrt_value_new_dtype(dtype, &value));
      break;
    }
    default: {
      const tsrt_tensor tensor = take_tensor(in, shape);
      failed(tsrt_value_new_tensor(&tensor, &value));
    }
  }
  push(value);
}

/* Tuples, lists and dicts of what is on the stack, in any order, also several times. */
static void push_container(fuzz_input *in, uint8_t kind) {
  const tsrt_value *items[6], *others[6];
  const size_t n = take_byte(in) % 6;
  tsrt_value *value = NULL;
  for (size_t i = 0; i < n; ++i) {
    items[i] = pick(in);
    others[i] = pick(in);
  }
  if (kind == 0)
    failed(tsrt_value_new_tuple(items, n, &value));
  else if (kind == 1)
    failed(tsrt_value_new_list(items, n, &value));
  else
    failed(top || !n ? tsrt_value_new_dict(items, others, n, &value) : NULL);
  push(value);
}

/* Asks everything of it; the parts of a container go onto the stack. */
static void take_apart(const tsrt_value *value) {
  bool b;
  int64_t i;
  double f, g;
  size_t n = 0;
  const char *text;
  char *json = NULL;
  tsrt_managed_tensor *tensor = NULL;
  failed(tsrt_value_get_bool(value, &b));
  failed(tsrt_value_get_int(value, &i));
  failed(tsrt_value_get_float(value, &f));
  failed(tsrt_value_get_complex(value, &f, &g));
  failed(tsrt_value_get_string(value, &text, &n));
  if (value) HOLDS(!failed(tsrt_value_type(value, &text)) && *text);
  failed(tsrt_value_describe(value, &json));
  tsrt_string_free(json);
  if (failed(tsrt_value_get_tensor(value, &tensor))) HOLDS(!tensor);
  tsrt_managed_tensor_free(tensor);
  n = 0;
  failed(tsrt_value_size(value, &n));
  for (size_t at = 0; at <= n && at < 5; ++at) {
    tsrt_value *key = NULL, *item = NULL;
    failed(tsrt_value_field(value, at, &text));
    if (!failed(tsrt_value_item(value, at, &item))) HOLDS(at < n && item);
    push(item);
    item = NULL;
    if (!failed(tsrt_value_entry(value, at, &key, &item))) HOLDS(at < n && key && item);
    push(key);
    push(item);
  }
}

static void run(fuzz_input *in) {
  const size_t which = take_byte(in) % COUNT(methods);
  const uint8_t flags = take_byte(in);
  const tsrt_value *args = flags & 1 ? NULL : pick(in), *kwargs = flags & 2 ? pick(in) : NULL;
  tsrt_value *result = NULL, *tuple = NULL;
  if (flags & 4) { /* one argument, as it is */
    const tsrt_value *items[] = {pick(in), pick(in)};
    failed(tsrt_value_new_tuple(items, flags & 8 ? 2 : 1, &tuple));
    args = tuple;
  }
  tsrt_error *error = tsrt_model_run(models[which], methods[which].method, args, kwargs, &result);
  if (failed(error)) HOLDS(!result);
  tsrt_value_free(tuple);
  push(result);
}

static void use_object(fuzz_input *in) {
  static const char *const called[] = {"add", "keep", "double", "__len__", "fail", "absent"};
  const tsrt_value *object = pick(in), *args = pick(in);
  tsrt_value *result = NULL;
  failed(tsrt_value_call(object, called[take_byte(in) % COUNT(called)], args, NULL, &result));
  push(result);
  result = NULL;
  failed(tsrt_value_attribute(object, names[take_byte(in) % COUNT(names)], &result));
  push(result);
}

static void use_attribute(fuzz_input *in) {
  const char *name = names[take_byte(in) % COUNT(names)];
  tsrt_value *found = NULL;
  failed(tsrt_model_set_attribute(attributes, name, pick(in)));
  failed(tsrt_model_get_attribute(attributes, name, &found));
  push(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  prepare();
  fuzz_input in = {data, size};
  for (int step = 0; step < STEPS && in.size; ++step) {
    const uint8_t code = take_byte(&in) % 24;
    if (code < 10)
      push_leaf(&in, code);
    else if (code < 16)
      push_container(&in, code % 3);
    else if (code < 20)
      run(&in);
    else if (code < 22)
      take_apart(pick(&in));
    else if (code == 22)
      use_object(&in);
    else
      use_attribute(&in);
  }
  while (top) tsrt_value_free(stack[--top]);
  HOLDS(!failed(tsrt_model_reset(objects)) && !failed(tsrt_model_reset(attributes)));
  HOLDS(tsrt_live_handles() == handles);
  return 0;
}
