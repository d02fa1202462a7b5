/* Looking into files. */
#include "operation.h"

static char path[4096], library[4096];

static tsrt_error *text(tsrt_error *e, char *json, const char *part) {
  CHECK(!e == !!json);
  CHECK(e || strstr(json, part));
  tsrt_string_free(json);
  return e;
}

static tsrt_error *inspect(void) {
  char *json = NULL;
  tsrt_error *e = tsrt_inspect(path, &json);
  return text(e, json, "\"kind\":\"torchscript\"");
}

static tsrt_error *inspect_page(void) {
  char *json = NULL;
  tsrt_error *e = tsrt_inspect_buffer("<html></html>", 13, &json);
  return text(e, json, "\"kind\":\"html\"");
}

static tsrt_error *inspect_library(void) {
  char *json = NULL;
  tsrt_error *e = tsrt_inspect(library, &json);
  return text(e, json, "\"kind\":\"elf\"");
}

static tsrt_error *verify(void) {
  return tsrt_verify(path);
}
static tsrt_error *verify_page(void) {
  return tsrt_verify_buffer("<html></html>", 13);
}
static tsrt_error *verify_nothing(void) {
  return tsrt_verify("absent.pt");
}

static tsrt_error *extra_file(void) {
  char *data = NULL;
  size_t size = 0;
  tsrt_error *e = tsrt_extra_file(path, "note.txt", &data, &size);
  return text(e, data, "attributes");
}

static tsrt_error *no_extra_file(void) {
  char *data = NULL;
  size_t size = 0;
  return tsrt_extra_file(path, "absent.txt", &data, &size);
}

void prepare_files(const char *folder) {
  models_folder = folder;
  snprintf(path, sizeof path, "%s/noted.pt", models_folder);
  snprintf(library, sizeof library, "%s/no_operators.so", models_folder);
}

void release_files(void) {}

const operation file_operations[] = {
    {"inspect", inspect, NULL, 0},
    {"inspect a page", inspect_page, NULL, 0},
    {"inspect a library", inspect_library, NULL, 0},
    {"verify", verify, NULL, 0},
    {"verify: a page", verify_page, NULL, TSRT_NOT_A_MODEL},
    {"verify: no file", verify_nothing, NULL, TSRT_NOT_FOUND},
    {"extra file", extra_file, NULL, 0},
    {"extra file: none", no_extra_file, NULL, TSRT_NOT_FOUND},
    {NULL, NULL, NULL, 0},
};
