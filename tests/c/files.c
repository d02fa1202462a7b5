/* Files: what they are, whether they are whole, and what was saved with a model. */
#include "check.h"

static const int32_t invalid = TSRT_INVALID_ARGUMENT;

struct bytes {
  unsigned char *data;
  size_t size;
};

static const char *path_of(const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s.pt", models_folder, name);
  return path;
}

static struct bytes read_model(const char *name) {
  FILE *file = fopen(path_of(name), "rb");
  CHECK(file);
  struct bytes bytes = {malloc(1 << 20), 0};
  CHECK(bytes.data);
  bytes.size = fread(bytes.data, 1, 1 << 20, file);
  CHECK(bytes.size > 1000 && bytes.size < 1 << 20);
  fclose(file);
  return bytes;
}

/* ---- inspect ---- */

static bool says(const void *data, size_t size, const char *part) {
  char *json = NULL;
  CHECK_OK(tsrt_inspect_buffer(data, size, &json));
  const bool found = strstr(json, part) != NULL;
  if (!found) fprintf(stderr, "%s\n", json);
  tsrt_string_free(json);
  return found;
}

static void test_inspect(void) {
  char *json = NULL;
  CHECK_OK(tsrt_inspect(path_of("linear"), &json));
  CHECK(strstr(json, "\"kind\":\"torchscript\",\"problem\":null"));
  CHECK(strstr(json, "{\"name\":\"layer.weight\",\"dtype\":\"float32\",\"shape\":[2,4]"));
  CHECK(strstr(json, "\"extra_files\":[{\"name\":\"note.txt\",\"size\":6}]"));
  tsrt_string_free(json);
  CHECK_OK(tsrt_inspect(models_folder, &json));
  CHECK(strstr(json, "\"kind\":\"folder\""));
  tsrt_string_free(json);
  struct bytes model = read_model("linear");
  CHECK(says(model.data, model.size, "\"kind\":\"torchscript\""));
  CHECK(says(model.data, model.size / 2, "\"kind\":\"truncated-zip\""));
  CHECK(says("hello", 5, "the buffer is a text file"));
  CHECK(says("", 0, "\"kind\":\"empty\""));
  CHECK(says(NULL, 0, "\"kind\":\"empty\""));
  const char empty_zip[22] = "PK\5\6";
  CHECK(says(empty_zip, sizeof empty_zip, "is an empty zip archive"));
  free(model.data);
}

static void test_inspect_fails(void) {
  char *json = (char *)&json; /* something that is not NULL */
  CHECK_FAILS(tsrt_inspect("absent.pt", &json), TSRT_NOT_FOUND, "'absent.pt'");
  CHECK(!json);
  CHECK_FAILS(tsrt_inspect(NULL, &json), invalid, "path");
  CHECK_FAILS(tsrt_inspect("", &json), invalid, "path");
  CHECK_FAILS(tsrt_inspect("absent.pt", NULL), invalid, "json is NULL");
  CHECK_FAILS(tsrt_inspect_buffer(NULL, 5, &json), invalid, "data is NULL");
  CHECK_FAILS(tsrt_inspect_buffer("x", SIZE_MAX, &json), invalid, "more than any buffer");
  CHECK_FAILS(tsrt_inspect_buffer("x", 1, NULL), invalid, "json is NULL");
}

/* ---- verify ---- */

static void test_verify(void) {
  CHECK_OK(tsrt_verify(path_of("linear")));
  CHECK_FAILS(tsrt_verify("absent.pt"), TSRT_NOT_FOUND, "'absent.pt'");
  CHECK_FAILS(tsrt_verify(models_folder), TSRT_NOT_A_MODEL, "is a folder");
  CHECK_FAILS(tsrt_verify(NULL), invalid, "path");
  CHECK_FAILS(tsrt_verify_buffer(NULL, 1), invalid, "data is NULL");
  CHECK_FAILS(tsrt_verify_buffer("hello", 5), TSRT_NOT_A_MODEL, "is a text file");
  struct bytes model = read_model("linear");
  CHECK_OK(tsrt_verify_buffer(model.data, model.size));
  CHECK_FAILS(tsrt_verify_buffer(model.data, model.size - 1), TSRT_NOT_A_MODEL, "truncated");
  free(model.data);
}

/* A flipped bit is found, or lies in the padding between records, where it changes nothing. The
 * copy is exactly as long as it says, so that a memory checker sees a read past the end. */
static void test_flipped_bits(void) {
  struct bytes model = read_model("linear");
  unsigned char *copy = malloc(model.size);
  CHECK(copy);
  size_t found = 0;
  for (size_t bit = 0; bit < 8 * model.size; bit += 13) {
    memcpy(copy, model.data, model.size);
    copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
    tsrt_error *error = tsrt_verify_buffer(copy, model.size);
    CHECK(!error || tsrt_error_code(error) == TSRT_NOT_A_MODEL);
    found += error != NULL;
    tsrt_error_free(error);
    char *json = NULL;
    CHECK_OK(tsrt_inspect_buffer(copy, model.size, &json));
    tsrt_string_free(json);
  }
  CHECK(found > 1000);
  free(copy);
  free(model.data);
}

static void test_verify_option(void) {
  struct bytes model = read_model("linear");
  for (size_t i = 0; i + 9 < model.size; ++i) { /* the sum of data/0 in the table of contents */
    if (memcmp(model.data + i, "PK\1\2", 4) != 0) continue;
    if (memcmp(model.data + i + 46, "linear/data/0", 13) == 0) model.data[i + 16] ^= 1;
  }
  tsrt_model *loaded = NULL;
  CHECK_FAILS(tsrt_model_load_buffer(model.data, model.size, NULL, &loaded), TSRT_NOT_A_MODEL,
              "'linear/data/0' does not match its checksum");
  CHECK_FAILS(tsrt_model_load_buffer(model.data, model.size, "verify=yes", &loaded),
              TSRT_NOT_A_MODEL, "checksum");
  CHECK_FAILS(tsrt_model_load_buffer(model.data, model.size, "verify=1", &loaded), invalid,
              "takes yes or no");
  CHECK(!loaded);
  CHECK_OK(tsrt_model_load_buffer(model.data, model.size, "verify=no", &loaded));
  tsrt_model_free(loaded);
  free(model.data);
}

static void test_mmap_option(void) {
  tsrt_model *model = NULL;
  float data[4] = {1, 2, 3, 4};
  int64_t shape[1] = {4};
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_model *usual = load("linear");
  tsrt_managed_tensor *expected = forward(usual, &x);
  CHECK_OK(tsrt_model_load(path_of("linear"), "mmap=yes", &model));
  CHECK(holds(forward(model, &x), 2, data_of(expected)));
  tsrt_managed_tensor_free(expected);
  tsrt_model_free(usual);
  tsrt_model_free(model);
  CHECK_FAILS(tsrt_model_load(path_of("linear"), "mmap=1", &model), invalid, "takes yes or no");
  CHECK_FAILS(tsrt_model_load_buffer("x", 1, "mmap=yes", &model), invalid, "not a buffer");
}

/* ---- extra files ---- */

static bool is_note(tsrt_error *error, char *data, size_t size) {
  CHECK_OK(error);
  const bool same = size == 6 && strcmp(data, "linear") == 0;
  tsrt_string_free(data);
  return same;
}

static void test_extra_files(void) {
  char *data = NULL;
  size_t size = 0;
  struct bytes bytes = read_model("linear");
  tsrt_model *model = load("linear");
  tsrt_error *error = tsrt_extra_file(path_of("linear"), "note.txt", &data, &size);
  CHECK(is_note(error, data, size));
  error = tsrt_extra_file_buffer(bytes.data, bytes.size, "note.txt", &data, &size);
  CHECK(is_note(error, data, size));
  error = tsrt_model_extra_file(model, "note.txt", &data, &size);
  CHECK(is_note(error, data, size));
  size = 7;
  data = (char *)&data;
  CHECK_FAILS(tsrt_extra_file_buffer(bytes.data, bytes.size, "x", &data, &size), TSRT_NOT_FOUND,
              "the buffer has no extra file 'x': it has note.txt");
  CHECK(!data && size == 0);
  CHECK_FAILS(tsrt_extra_file(path_of("linear"), "", &data, &size), TSRT_NOT_FOUND, "note.txt");
  CHECK_FAILS(tsrt_model_extra_file(model, "x", &data, &size), TSRT_NOT_FOUND, "it has note.txt");
  CHECK_FAILS(tsrt_extra_file("absent.pt", "x", &data, &size), TSRT_NOT_FOUND, "'absent.pt'");
  CHECK_FAILS(tsrt_extra_file(models_folder, "x", &data, &size), TSRT_NOT_A_MODEL, "folder");
  CHECK_FAILS(tsrt_extra_file_buffer("hi", 2, "x", &data, &size), TSRT_NOT_A_MODEL, "text file");
  tsrt_model_free(model);
  free(bytes.data);
}

static void test_extra_files_null(void) {
  char *data = NULL;
  size_t size = 0;
  tsrt_model *model = load("linear");
  CHECK_FAILS(tsrt_extra_file(NULL, "x", &data, &size), invalid, "path");
  CHECK_FAILS(tsrt_extra_file("x.pt", NULL, &data, &size), invalid, "name is NULL");
  CHECK_FAILS(tsrt_extra_file("x.pt", "x", NULL, &size), invalid, "data is NULL");
  CHECK_FAILS(tsrt_extra_file("x.pt", "x", &data, NULL), invalid, "size is NULL");
  CHECK_FAILS(tsrt_extra_file_buffer(NULL, 1, "x", &data, &size), invalid, "data is NULL");
  CHECK_FAILS(tsrt_extra_file_buffer("x", 1, NULL, &data, &size), invalid, "name is NULL");
  CHECK_FAILS(tsrt_extra_file_buffer("x", 1, "x", NULL, &size), invalid, "data is NULL");
  CHECK_FAILS(tsrt_extra_file_buffer("x", 1, "x", &data, NULL), invalid, "size is NULL");
  CHECK_FAILS(tsrt_model_extra_file(NULL, "x", &data, &size), invalid, "model is NULL");
  CHECK_FAILS(tsrt_model_extra_file(model, NULL, &data, &size), invalid, "name is NULL");
  CHECK_FAILS(tsrt_model_extra_file(model, "x", NULL, &size), invalid, "data is NULL");
  CHECK_FAILS(tsrt_model_extra_file(model, "x", &data, NULL), invalid, "size is NULL");
  tsrt_model_free(model);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_inspect();
  test_inspect_fails();
  test_verify();
  test_flipped_bits();
  test_verify_option();
  test_mmap_option();
  test_extra_files();
  test_extra_files_null();
  return finish();
}
