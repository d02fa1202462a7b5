/* Loading, whole and damaged files. */
#include "operation.h"

static char *mlp_bytes = NULL;
static size_t mlp_size = 0;

static tsrt_error *load_from(const char *name, const char *options) {
  char path[4096];
  tsrt_model *model = NULL;
  snprintf(path, sizeof path, "%s/%s.pt", models_folder, name);
  tsrt_error *e = tsrt_model_load(path, options, &model);
  CHECK(!e == !!model);
  tsrt_model_free(model);
  return e;
}

static tsrt_error *load_bytes(const void *data, size_t size, const char *options) {
  tsrt_model *model = NULL;
  tsrt_error *e = tsrt_model_load_buffer(data, size, options, &model);
  CHECK(!e == !!model);
  tsrt_model_free(model);
  return e;
}

static tsrt_error *plain(void) {
  return load_from("mlp", NULL);
}
static tsrt_error *options(void) {
  return load_from("mlp", "device=cpu,threads=1,verify=no,signature=no");
}
static tsrt_error *mapped(void) {
  return load_from("mlp", "mmap=yes");
}
static tsrt_error *annotated(void) {
  return load_from("annotated", NULL);
}
static tsrt_error *stateful(void) {
  return load_from("counter", NULL);
}
static tsrt_error *differentiates(void) {
  return load_from("force_field", NULL);
}
static tsrt_error *quantized(void) {
  return load_from("quantized", NULL);
}
static tsrt_error *objects(void) {
  return load_from("objects", NULL);
}
static tsrt_error *frozen(void) {
  return load_from("frozen", NULL);
}
static tsrt_error *buffer(void) {
  return load_bytes(mlp_bytes, mlp_size, NULL);
}

static tsrt_error *absent(void) {
  return load_from("absent", NULL);
}
static tsrt_error *truncated(void) {
  return load_bytes(mlp_bytes, mlp_size / 2, NULL);
}
static tsrt_error *page(void) {
  return load_bytes("<html></html>", 13, NULL);
}
static tsrt_error *bad_option(void) {
  return load_from("mlp", "speed=high");
}
static tsrt_error *no_device(void) {
  return load_from("mlp", "device=warp:9");
}
static tsrt_error *no_library(void) {
  return load_from("mlp", "library=/absent.so");
}

/* A weight with one bit flipped. */
static tsrt_error *damaged(void) {
  mlp_bytes[mlp_size / 2] ^= 1;
  tsrt_error *e = load_bytes(mlp_bytes, mlp_size, NULL);
  mlp_bytes[mlp_size / 2] ^= 1;
  return e;
}

void prepare_loads(const char *folder) {
  models_folder = folder;
  char path[4096];
  snprintf(path, sizeof path, "%s/mlp.pt", models_folder);
  FILE *file = fopen(path, "rb");
  CHECK(file);
  mlp_bytes = malloc(1 << 20);
  mlp_size = fread(mlp_bytes, 1, 1 << 20, file);
  fclose(file);
}

void release_loads(void) {
  free(mlp_bytes);
}

const operation load_operations[] = {
    {"load", plain, NULL, 0},
    {"load with options", options, NULL, 0},
    {"load mapped", mapped, NULL, 0},
    {"load with a signature", annotated, NULL, 0},
    {"load a stateful model", stateful, NULL, 0},
    {"load one with autograd", differentiates, NULL, 0},
    {"load a quantized model", quantized, NULL, 0},
    {"load one with classes", objects, NULL, 0},
    {"load a frozen model", frozen, NULL, 0},
    {"load a buffer", buffer, NULL, 0},
    {"load: no file", absent, NULL, TSRT_NOT_FOUND},
    {"load: truncated", truncated, NULL, TSRT_NOT_A_MODEL},
    {"load: damaged", damaged, NULL, TSRT_NOT_A_MODEL},
    {"load: a page", page, NULL, TSRT_NOT_A_MODEL},
    {"load: bad option", bad_option, NULL, TSRT_INVALID_ARGUMENT},
    {"load: no device", no_device, NULL, TSRT_DEVICE},
    {"load: no library", no_library, NULL, TSRT_NOT_FOUND},
    {NULL, NULL, NULL, 0},
};
