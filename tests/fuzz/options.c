/* Text of any kind where names are expected: options, devices, methods, attributes, engines. */
#include "fuzz.h"

static tsrt_model *model, *objects;
static char *archive;
static size_t archive_size;
static int64_t handles;

static void prepare(void) {
  if (model) return;
  model = fuzz_model("attributes");
  objects = fuzz_model("objects");
  char path[4096];
  snprintf(path, sizeof path, "%s/identity.pt", getenv("TSRT_FUZZ_MODELS"));
  FILE *file = fopen(path, "rb");
  archive = malloc(1 << 16);
  HOLDS(file && archive);
  archive_size = fread(archive, 1, 1 << 16, file);
  fclose(file);
  handles = tsrt_live_handles();
}

static void check_load(const char *options) {
  if (strstr(options, "library")) return; /* that would load whatever library there is */
  tsrt_model *loaded = (tsrt_model *)&loaded;
  if (failed(tsrt_model_load_buffer(archive, archive_size, options, &loaded))) HOLDS(!loaded);
  tsrt_model_free(loaded);
}

static void check_run(const char *method) {
  tsrt_value *result = NULL;
  if (failed(tsrt_model_run(model, method, NULL, NULL, &result))) HOLDS(!result);
  tsrt_value_free(result);
}

static void check_attribute(const char *name, const char *text) {
  tsrt_value *value = NULL, *found = NULL;
  const bool is_text = !failed(tsrt_value_new_string(text, strlen(text), &value));
  if (is_text) failed(tsrt_model_set_attribute(model, name, value));
  if (failed(tsrt_model_get_attribute(model, name, &found))) HOLDS(!found);
  tsrt_value_free(found);
  tsrt_value_free(value);
}

static void check_object(const char *name) {
  tsrt_value *object = NULL, *result = NULL, *found = NULL;
  HOLDS(!failed(tsrt_model_get_attribute(objects, "held", &object)));
  if (failed(tsrt_value_call(object, name, NULL, NULL, &result))) HOLDS(!result);
  if (failed(tsrt_value_attribute(object, name, &found))) HOLDS(!found);
  tsrt_value_free(found);
  tsrt_value_free(result);
  tsrt_value_free(object);
}

static void check_keywords(const char *name) {
  tsrt_value *key = NULL, *value = NULL, *kwargs = NULL, *result = NULL;
  HOLDS(!failed(tsrt_value_new_int(1, &value)));
  if (!failed(tsrt_value_new_string(name, strlen(name), &key))) {
    const tsrt_value *keys[] = {key}, *values[] = {value};
    HOLDS(!failed(tsrt_value_new_dict(keys, values, 1, &kwargs)));
    failed(tsrt_model_run(objects, "make", NULL, kwargs, &result));
  }
  tsrt_value_free(result);
  tsrt_value_free(kwargs);
  tsrt_value_free(key);
  tsrt_value_free(value);
}

static void check_device(const char *name) {
  float number = 1;
  const tsrt_tensor tensor = {&number, {TSRT_CPU, 0}, 0, TSRT_FLOAT32, NULL, NULL, 0};
  tsrt_managed_tensor *copy = NULL;
  if (failed(tsrt_tensor_copy(&tensor, name, &copy))) HOLDS(!copy);
  tsrt_managed_tensor_free(copy);
  failed(tsrt_model_to(model, name));
}

static void check_extra_file(const char *name) {
  char *data = NULL;
  size_t size = 0;
  if (failed(tsrt_extra_file_buffer(archive, archive_size, name, &data, &size))) HOLDS(!data);
  tsrt_string_free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  prepare();
  fuzz_input in = {data, size};
  const uint8_t kind = take_byte(&in);
  char *text = take_text(&in);
  char *more = take_text(&in);
  switch (kind % 8) {
    case 0:
      check_load(text);
      break;
    case 1:
      check_run(text);
      break;
    case 2:
      check_attribute(text, more);
      break;
    case 3:
      check_object(text);
      break;
    case 4:
      check_keywords(text);
      break;
    case 5:
      check_device(text);
      break;
    case 6:
      check_extra_file(text);
      break;
    default:
      failed(tsrt_set_quantized_engine(text));
  }
  free(text);
  free(more);
  HOLDS(!failed(tsrt_model_reset(model)));
  HOLDS(tsrt_live_handles() == handles);
  return 0;
}
