/* Loading: from files and buffers, options, and everything that is not a model. */
#include "check.h"

static const int32_t invalid = TSRT_INVALID_ARGUMENT;

struct bytes {
  unsigned char *data;
  size_t size;
};

static struct bytes read_model(const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.pt", models_folder, name);
  FILE *file = fopen(path, "rb");
  CHECK(file);
  struct bytes bytes = {malloc(1 << 20), 0};
  CHECK(bytes.data);
  bytes.size = fread(bytes.data, 1, 1 << 20, file);
  CHECK(bytes.size > 1000 && bytes.size < 1 << 20);
  fclose(file);
  return bytes;
}

static void write_file(const char *path, const void *data, size_t size) {
  FILE *file = fopen(path, "wb");
  CHECK(file);
  CHECK(fwrite(data, 1, size, file) == size);
  CHECK(fclose(file) == 0);
}

static tsrt_error *load_bytes(const void *data, size_t size, const char *options) {
  tsrt_model *model = (tsrt_model *)&model; /* something that is not NULL */
  tsrt_error *error = tsrt_model_load_buffer(data, size, options, &model);
  CHECK((error == NULL) == (model != NULL));
  tsrt_model_free(model);
  return error;
}

static tsrt_error *load_file(const char *path, const char *options) {
  tsrt_model *model = (tsrt_model *)&model;
  tsrt_error *error = tsrt_model_load(path, options, &model);
  CHECK((error == NULL) == (model != NULL));
  tsrt_model_free(model);
  return error;
}

/* ---- options ---- */

static bool describes(const char *options, const char *part) {
  struct bytes bytes = read_model("identity");
  tsrt_model *model = NULL;
  char *json = NULL;
  CHECK_OK(tsrt_model_load_buffer(bytes.data, bytes.size, options, &model));
  free(bytes.data); /* it was borrowed for the call only */
  CHECK_OK(tsrt_model_describe(model, &json));
  const bool found = strstr(json, part) != NULL;
  tsrt_string_free(json);
  tsrt_model_free(model);
  return found;
}

static void test_good_options(void) {
  CHECK(describes(NULL, "\"device\":\"cpu\""));
  CHECK(describes(NULL, "\"threads\":null"));
  CHECK(describes("", "\"threads\":null"));
  CHECK(describes("threads=2", "\"threads\":2"));
  CHECK(describes("device=cpu,threads=3", "\"threads\":3"));
  CHECK(describes(" threads = 1 , device = cpu ", "\"threads\":1"));
}

static void test_bad_options(void) {
  struct bytes model = read_model("identity");
  CHECK_FAILS(load_bytes(model.data, model.size, "thread=2"), invalid, "are device, threads");
  CHECK_FAILS(load_bytes(model.data, model.size, "Device=cpu"), invalid, "are device, threads");
  CHECK_FAILS(load_bytes(model.data, model.size, "=cpu"), invalid, "are device, threads");
  CHECK_FAILS(load_bytes(model.data, model.size, "cpu"), invalid, "'cpu' has no value");
  CHECK_FAILS(load_bytes(model.data, model.size, ",threads=2"), invalid, "key=value");
  CHECK_FAILS(load_bytes(model.data, model.size, "device="), invalid, "cpu, cuda, cuda:1");
  const char *threads[] = {"threads=0",  "threads=-1",  "threads=",    "threads=two",
                           "threads=2x", "threads=1.5", "threads=0x2", "threads=99999999999999"};
  for (size_t i = 0; i < COUNT(threads); ++i)
    CHECK_FAILS(load_bytes(model.data, model.size, threads[i]), invalid, "whole number from 1");
  CHECK_FAILS(load_bytes(model.data, model.size, "device=cuda:127"), TSRT_DEVICE, "has cpu");
  CHECK_FAILS(load_bytes(model.data, model.size, "device=nonsense"), TSRT_DEVICE, "has cpu");
  char *devices = NULL;
  CHECK_OK(tsrt_devices(&devices));
  if (!strstr(devices, "cuda"))
    CHECK_FAILS(load_bytes(model.data, model.size, "device=cuda"), TSRT_DEVICE, "has cpu");
  tsrt_string_free(devices);
  free(model.data);
}

/* ---- files ---- */

static void test_null_arguments(void) {
  struct bytes model = read_model("identity");
  CHECK_FAILS(load_file(NULL, NULL), invalid, "path");
  CHECK_FAILS(load_file("", NULL), invalid, "path");
  CHECK_FAILS(tsrt_model_load("x.pt", NULL, NULL), invalid, "model is NULL");
  CHECK_FAILS(load_bytes(NULL, 5, NULL), invalid, "data is NULL");
  CHECK_FAILS(tsrt_model_load_buffer(model.data, model.size, NULL, NULL), invalid, "model is NULL");
  CHECK_FAILS(load_bytes(model.data, SIZE_MAX, NULL), invalid, "more than any buffer");
  free(model.data);
}

static void test_not_files(void) {
  CHECK_FAILS(load_file("absent.pt", NULL), TSRT_NOT_FOUND, "'absent.pt'");
  CHECK_FAILS(load_file("absent/model.pt", NULL), TSRT_NOT_FOUND, "'absent/model.pt'");
  CHECK_FAILS(load_file("/absent.pt", NULL), TSRT_NOT_FOUND, "No such file");
  CHECK_FAILS(load_file(".", NULL), TSRT_NOT_A_MODEL, "is a folder");
  CHECK_FAILS(load_file("/dev/null", NULL), TSRT_NOT_A_MODEL, "not a regular file");
}

static void test_files(void) {
  const char text[] = "hello, I am a text\n";
  write_file("made.pt", "", 0);
  CHECK_FAILS(load_file("made.pt", NULL), TSRT_NOT_A_MODEL, "'made.pt' is empty");
  write_file("made.pt", text, sizeof text - 1);
  CHECK_FAILS(load_file("made.pt", NULL), TSRT_NOT_A_MODEL, "'made.pt' is a text file");
  struct bytes model = read_model("identity");
  write_file("made.pt", model.data, model.size / 2);
  CHECK_FAILS(load_file("made.pt", NULL), TSRT_NOT_A_MODEL, "truncated");
  write_file("made.onnx", model.data, model.size); /* the name does not matter */
  CHECK_OK(load_file("made.onnx", NULL));
  CHECK(remove("made.pt") == 0 && remove("made.onnx") == 0);
  free(model.data);
}

/* ---- buffers ---- */

static void test_other_formats(void) {
  const struct {
    const char *data, *part;
  } kinds[] = {{"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git-LFS"},
               {"\x80\x02}q\x01.                             ", "pickle"},
               {"\x89HDF\r\n\x1a\n                          ", "HDF5"},
               {"\x1f\x8b\x08                               ", "gzip"},
               {"def forward(self, x): return x             ", "text file"},
               {"\x01\x02\x03\x04\x05\x06\x07               ", "no zip file"},
               {"PK\x03\x04 and nothing else                ", "zip"}};
  for (size_t i = 0; i < COUNT(kinds); ++i)
    CHECK_FAILS(load_bytes(kinds[i].data, strlen(kinds[i].data), NULL), TSRT_NOT_A_MODEL,
                kinds[i].part);
  CHECK_FAILS(load_bytes("", 0, NULL), TSRT_NOT_A_MODEL, "the buffer is empty");
  CHECK_FAILS(load_bytes(NULL, 0, NULL), TSRT_NOT_A_MODEL, "the buffer is empty");
}

/* Cut anywhere, a model is no model. The copy is exactly as long as it says, so that a memory
 * checker sees a read past the end. */
static void test_truncated(void) {
  struct bytes model = read_model("identity");
  for (size_t size = 0; size < model.size; ++size) {
    unsigned char *part = malloc(size ? size : 1);
    CHECK(part);
    memcpy(part, model.data, size);
    tsrt_error *error = load_bytes(part, size, NULL);
    CHECK(tsrt_error_code(error) == TSRT_NOT_A_MODEL);
    CHECK(strncmp(tsrt_error_message(error), "the buffer ", 11) == 0);
    tsrt_error_free(error);
    free(part);
  }
  free(model.data);
}

/* Deterministic noise: a linear congruential generator. */
static uint32_t noise(void) {
  static uint64_t state = 1;
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(state >> 33);
}

/* A model that loaded in spite of the damage may say anything, but not crash. */
static void try_damaged(const struct bytes *bytes) {
  tsrt_model *model = NULL;
  tsrt_error *error = tsrt_model_load_buffer(bytes->data, bytes->size, "verify=no", &model);
  CHECK((error == NULL) == (model != NULL));
  CHECK(!error || strlen(tsrt_error_message(error)) > 0);
  tsrt_error_free(error);
  if (!model) return;
  float data[4] = {1, 2, 3, 4};
  int64_t shape[2] = {1, 4};
  const tsrt_tensor x = view(data, float32, 2, shape);
  tsrt_managed_tensor *y[3] = {NULL};
  size_t n = 0;
  tsrt_error_free(tsrt_model_forward(model, &x, 1, y, 3, &n));
  for (size_t i = 0; i < n; ++i) tsrt_managed_tensor_free(y[i]);
  tsrt_model_free(model);
}

static void test_flipped(const char *name, int times) {
  struct bytes model = read_model(name);
  for (int i = 0; i < times; ++i) {
    const size_t at = noise() % model.size;
    const unsigned char before = model.data[at];
    model.data[at] ^= (unsigned char)(1 + noise() % 255);
    try_damaged(&model);
    model.data[at] = before;
  }
  CHECK_OK(load_bytes(model.data, model.size, NULL));
  free(model.data);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_good_options();
  test_bad_options();
  test_null_arguments();
  test_not_files();
  test_files();
  test_other_formats();
  test_truncated();
  test_flipped("identity", 300);
  test_flipped("linear", 300);
  return finish();
}
