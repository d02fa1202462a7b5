/* What belongs to the process. */
#include "operation.h"

static tsrt_model *prints;
static char library[4096], library_copy[4200], archive[4096];
static char engine[32]; /* the current one */
static int printed = 0;

static void count_prints(const char *text, size_t size, void *user_data) {
  (void)user_data;
  CHECK(size > 0 && strncmp(text, "the sum is", 10) == 0);
  ++printed;
}

static tsrt_error *freed(tsrt_error *e, char *json) {
  CHECK(!e == !!json);
  tsrt_string_free(json);
  return e;
}

static tsrt_error *devices(void) {
  char *json = NULL;
  tsrt_error *e = tsrt_devices(&json);
  return freed(e, json);
}

static tsrt_error *engines(void) {
  char *json = NULL;
  tsrt_error *e = tsrt_quantized_engine(&json);
  return freed(e, json);
}

static tsrt_error *set_engine(void) {
  return tsrt_set_quantized_engine(engine);
}
static tsrt_error *no_engine(void) {
  return tsrt_set_quantized_engine("absent");
}
static tsrt_error *seed(void) {
  return tsrt_manual_seed(7);
}
static tsrt_error *handler(void) {
  return tsrt_set_print_handler(count_prints, NULL);
}

static tsrt_error *print(void) {
  float data[1] = {3};
  int64_t shape[1] = {1};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  tsrt_error *e = tsrt_model_forward(prints, &x, 1, &y, 1, &n);
  tsrt_managed_tensor_free(y);
  return e;
}

static void handler_stays(void) {
  const int before = printed;
  CHECK_OK(print());
  CHECK(printed == before + 1);
}

/* Each time another file, since one that is loaded is not looked at again. */
static tsrt_error *load_library(void) {
  return tsrt_load_library(library_copy);
}

static void next_library(void) {
  static int number = 0;
  static char bytes[1 << 20];
  remove(library_copy);
  FILE *from = fopen(library, "rb");
  CHECK(from);
  const size_t size = fread(bytes, 1, sizeof bytes, from);
  fclose(from);
  snprintf(library_copy, sizeof library_copy, "%s.%d.so", library, number++);
  FILE *to = fopen(library_copy, "wb");
  CHECK(to && fwrite(bytes, 1, size, to) == size);
  fclose(to);
}

static tsrt_error *no_library(void) {
  return tsrt_load_library("/absent.so");
}
static tsrt_error *model_library(void) {
  return tsrt_load_library(archive);
}

void prepare_process(const char *folder) {
  models_folder = folder;
  prints = load("prints");
  snprintf(library, sizeof library, "%s/no_operators.so", models_folder);
  snprintf(archive, sizeof archive, "%s/noted.pt", models_folder);
  next_library();
  CHECK_OK(tsrt_set_print_handler(count_prints, NULL));
  char *json = NULL;
  CHECK_OK(tsrt_quantized_engine(&json));
  CHECK(sscanf(json, "{\"current\":\"%31[^\"]", engine) == 1);
  tsrt_string_free(json);
}

void release_process(void) {
  CHECK_OK(tsrt_set_print_handler(NULL, NULL));
  tsrt_model_free(prints);
  remove(library_copy);
}

const operation process_operations[] = {
    {"devices", devices, NULL, 0},
    {"quantized engines", engines, NULL, 0},
    {"set the engine", set_engine, NULL, 0},
    {"set the engine: none", no_engine, NULL, TSRT_INVALID_ARGUMENT},
    {"seed", seed, NULL, 0},
    {"set the print handler", handler, handler_stays, 0},
    {"print", print, handler_stays, 0},
    {"load a library", load_library, next_library, 0},
    {"load a library: none", no_library, NULL, TSRT_NOT_FOUND},
    {"load a library: a model", model_library, NULL, TSRT_INVALID_ARGUMENT},
    {NULL, NULL, NULL, 0},
};
