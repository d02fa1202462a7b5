/* What belongs to the whole process: random numbers, the quantized engine, prints, operators. */
#include "check.h"

static const int32_t invalid = TSRT_INVALID_ARGUMENT;

static tsrt_managed_tensor *run(tsrt_model *model, float value) {
  float data[3] = {value, 0, 0};
  int64_t shape[1] = {3};
  const tsrt_tensor x = view(data, float32, 1, shape);
  return forward(model, &x);
}

/* ---- random numbers ---- */

static void test_manual_seed(void) {
  tsrt_model *model = load("random");
  float first[3];
  CHECK_OK(tsrt_manual_seed(7));
  tsrt_managed_tensor *y = run(model, 1);
  memcpy(first, data_of(y), sizeof first);
  tsrt_managed_tensor_free(y);
  CHECK(!holds(run(model, 1), 3, first));
  CHECK_OK(tsrt_manual_seed(7));
  CHECK(holds(run(model, 1), 3, first));
  CHECK_OK(tsrt_manual_seed(UINT64_MAX));
  CHECK(!holds(run(model, 1), 3, first));
  tsrt_model_free(model);
}

/* ---- quantized engine ---- */

static bool engines_hold(const char *part) {
  char *json = NULL;
  CHECK_OK(tsrt_quantized_engine(&json));
  const bool found = strstr(json, part) != NULL;
  tsrt_string_free(json);
  return found;
}

static void test_quantized_engine(void) {
  CHECK(engines_hold("{\"current\":\"") && engines_hold("\"supported\":["));
  const char *names[] = {"qnnpack", "onednn"};
  for (size_t i = 0; i < COUNT(names); ++i) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", names[i]);
    if (!engines_hold(quoted)) continue; /* this LibTorch does not have it */
    CHECK_OK(tsrt_set_quantized_engine(names[i]));
    snprintf(quoted, sizeof quoted, "{\"current\":\"%s\"", names[i]);
    CHECK(engines_hold(quoted));
  }
  CHECK_FAILS(tsrt_set_quantized_engine("fast"), invalid, "'fast' in this LibTorch");
  CHECK_FAILS(tsrt_set_quantized_engine("QNNPACK"), invalid, "it has ");
  CHECK_FAILS(tsrt_set_quantized_engine(""), invalid, "is missing");
  CHECK_FAILS(tsrt_set_quantized_engine(NULL), invalid, "is missing");
  CHECK_FAILS(tsrt_quantized_engine(NULL), invalid, "json is NULL");
}

/* ---- prints ---- */

struct heard {
  char text[64];
  int times;
};

static void listen(const char *text, size_t size, void *user_data) {
  struct heard *heard = user_data;
  CHECK(size < sizeof heard->text);
  memcpy(heard->text, text, size);
  heard->text[size] = '\0';
  ++heard->times;
}

static void test_print_handler(void) {
  struct heard heard = {"", 0}, other = {"", 0};
  tsrt_model *model = load("prints");
  CHECK_OK(tsrt_set_print_handler(listen, &heard));
  tsrt_managed_tensor_free(run(model, 5));
  CHECK(heard.times == 1 && strcmp(heard.text, "the sum is 5\n") == 0);
  CHECK_OK(tsrt_set_print_handler(listen, &other));
  tsrt_managed_tensor_free(run(model, 6));
  CHECK(heard.times == 1 && other.times == 1 && strcmp(other.text, "the sum is 6\n") == 0);
  CHECK_OK(tsrt_set_print_handler(NULL, &other)); /* user_data is of no interest then */
  tsrt_managed_tensor_free(run(model, 7));
  CHECK(heard.times == 1 && other.times == 1);
  tsrt_model_free(model);
}

/* A handler may call tsrt, with another model, and may replace itself. */
static void print_within(const char *text, size_t size, void *user_data) {
  tsrt_model *inner = user_data;
  static struct heard heard;
  (void)text;
  CHECK(size > 0);
  CHECK_OK(tsrt_set_print_handler(listen, &heard));
  tsrt_managed_tensor_free(run(inner, 8));
  CHECK(heard.times == 1);
}

static void test_handler_calls_tsrt(void) {
  tsrt_model *outer = load("prints"), *inner = load("prints");
  CHECK_OK(tsrt_set_print_handler(print_within, inner));
  tsrt_managed_tensor_free(run(outer, 1));
  CHECK_OK(tsrt_set_print_handler(NULL, NULL));
  tsrt_model_free(outer);
  tsrt_model_free(inner);
}

/* ---- operators; libraries that can be loaded are in test_custom_op.py ---- */

static void test_load_library(void) {
  CHECK_FAILS(tsrt_load_library(NULL), invalid, "path of the library is missing");
  CHECK_FAILS(tsrt_load_library(""), invalid, "path of the library is missing");
  CHECK_FAILS(tsrt_load_library("absent.so"), TSRT_NOT_FOUND, "'absent.so'");
  CHECK_FAILS(tsrt_load_library("libc.so.6"), TSRT_NOT_FOUND, "'libc.so.6'");
  CHECK_FAILS(tsrt_load_library("."), invalid, "'.' is not a file");
  const char *contents[] = {"", "short", "no library, and longer than the header of one would be,"};
  for (size_t i = 0; i < COUNT(contents); ++i) {
    FILE *file = fopen("text.so", "w");
    CHECK(file && fputs(contents[i], file) >= 0 && fclose(file) == 0);
    CHECK_FAILS(tsrt_load_library("text.so"), invalid, "'text.so' is not a shared library");
  }
  CHECK(remove("text.so") == 0);
}

static void test_library_option(void) {
  tsrt_model *model = (tsrt_model *)&model;
  CHECK_FAILS(tsrt_model_load("x.pt", "library=absent.so", &model), TSRT_NOT_FOUND, "absent.so");
  CHECK(!model);
  CHECK_FAILS(tsrt_model_load("x.pt", "library=", &model), invalid, "option library is empty");
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_manual_seed();
  test_quantized_engine();
  test_print_handler();
  test_handler_calls_tsrt();
  test_load_library();
  test_library_option();
  return finish();
}
