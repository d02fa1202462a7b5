/* What tests of methods on values share: short ways to make arguments, run, and read results. */
#ifndef CALLS_H
#define CALLS_H

#include "check.h"

static const int32_t invalid = TSRT_INVALID_ARGUMENT;

static inline tsrt_value *new_row(float *data, int64_t n) {
  const tsrt_tensor tensor = view(data, float32, 1, &n);
  tsrt_value *value = NULL;
  CHECK_OK(tsrt_value_new_tensor(&tensor, &value));
  return value;
}

static inline tsrt_value *new_float(double f) {
  tsrt_value *value = NULL;
  CHECK_OK(tsrt_value_new_float(f, &value));
  return value;
}

static inline tsrt_value *new_none(void) {
  tsrt_value *value = NULL;
  CHECK_OK(tsrt_value_new_none(&value));
  return value;
}

static inline void free_all(tsrt_value **values, size_t n) {
  for (size_t i = 0; i < n; ++i) tsrt_value_free(values[i]);
}

/* Makers of containers that take their items over. */
static inline tsrt_value *tuple_of(tsrt_value **items, size_t n) {
  tsrt_value *tuple = NULL;
  CHECK_OK(tsrt_value_new_tuple((const tsrt_value *const *)items, n, &tuple));
  free_all(items, n);
  return tuple;
}

static inline tsrt_value *list_of(tsrt_value **items, size_t n) {
  tsrt_value *list = NULL;
  CHECK_OK(tsrt_value_new_list((const tsrt_value *const *)items, n, &list));
  free_all(items, n);
  return list;
}

static inline tsrt_value *entry_of(tsrt_value *key, tsrt_value *value) {
  tsrt_value *dict = NULL;
  CHECK_OK(tsrt_value_new_dict((const tsrt_value *const *)&key, (const tsrt_value *const *)&value,
                               1, &dict));
  tsrt_value_free(key);
  tsrt_value_free(value);
  return dict;
}

static inline tsrt_value *pair(const char *name, tsrt_value *value) {
  return entry_of(new_string(name), value);
}

#define ITEMS(...) (tsrt_value *[]){__VA_ARGS__}, COUNT(((tsrt_value *[]){__VA_ARGS__}))
#define TUPLE(...) tuple_of(ITEMS(__VA_ARGS__))
#define LIST(...) list_of(ITEMS(__VA_ARGS__))

/* Another handle to a value, so that a container can take that one over. */
static inline tsrt_value *again(const tsrt_value *value) {
  tsrt_value *tuple = NULL, *same = NULL;
  CHECK_OK(tsrt_value_new_tuple(&value, 1, &tuple));
  CHECK_OK(tsrt_value_item(tuple, 0, &same));
  tsrt_value_free(tuple);
  return same;
}

/* Runs a method, and frees its arguments before the result is looked at. */
static inline tsrt_value *run(tsrt_model *model, const char *method, tsrt_value *args,
                              tsrt_value *kwargs) {
  tsrt_value *result = NULL;
  CHECK_OK(tsrt_model_run(model, method, args, kwargs, &result));
  tsrt_value_free(args);
  tsrt_value_free(kwargs);
  CHECK(result);
  return result;
}

static inline void run_fails(tsrt_model *model, const char *method, tsrt_value *args,
                             tsrt_value *kwargs, int32_t code, const char *part) {
  tsrt_value *result = (tsrt_value *)&result; /* something that is not NULL */
  CHECK_FAILS(tsrt_model_run(model, method, args, kwargs, &result), code, part);
  CHECK(!result);
  tsrt_value_free(args);
  tsrt_value_free(kwargs);
}

/* The same for a method of an object. */
static inline tsrt_value *call(const tsrt_value *object, const char *method, tsrt_value *args) {
  tsrt_value *result = NULL;
  CHECK_OK(tsrt_value_call(object, method, args, NULL, &result));
  tsrt_value_free(args);
  CHECK(result);
  return result;
}

static inline void call_fails(const tsrt_value *object, const char *method, tsrt_value *args,
                              tsrt_value *kwargs, int32_t code, const char *part) {
  tsrt_value *result = (tsrt_value *)&result;
  CHECK_FAILS(tsrt_value_call(object, method, args, kwargs, &result), code, part);
  CHECK(!result);
  tsrt_value_free(args);
  tsrt_value_free(kwargs);
}

static inline tsrt_value *attribute(const tsrt_value *object, const char *name) {
  tsrt_value *found = NULL;
  CHECK_OK(tsrt_value_attribute(object, name, &found));
  return found;
}

static inline tsrt_value *item(const tsrt_value *value, size_t index) {
  tsrt_value *found = NULL;
  CHECK_OK(tsrt_value_item(value, index, &found));
  return found;
}

static inline size_t size_of(const tsrt_value *value) {
  size_t size = 0;
  CHECK_OK(tsrt_value_size(value, &size));
  return size;
}

/* Readers that free the value. */
static inline int64_t int_in(tsrt_value *value) {
  int64_t i = -1;
  CHECK_OK(tsrt_value_get_int(value, &i));
  tsrt_value_free(value);
  return i;
}

static inline bool value_holds(tsrt_value *value, size_t n, const float *numbers) {
  tsrt_managed_tensor *tensor = NULL;
  CHECK_OK(tsrt_value_get_tensor(value, &tensor));
  tsrt_value_free(value);
  return holds(tensor, n, numbers);
}

static inline bool is_text(const tsrt_value *value, const char *wanted) {
  const char *text = NULL;
  size_t size = 0;
  CHECK_OK(tsrt_value_get_string(value, &text, &size));
  return size == strlen(wanted) && strcmp(text, wanted) == 0;
}

static inline bool text_in(tsrt_value *value, const char *wanted) {
  const bool same = is_text(value, wanted);
  tsrt_value_free(value);
  return same;
}

static inline bool is_type(const tsrt_value *value, const char *part) {
  const char *name = NULL;
  CHECK_OK(tsrt_value_type(value, &name));
  return strstr(name, part) != NULL;
}

#endif /* CALLS_H */
