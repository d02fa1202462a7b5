/* A host that knows nothing of tsrt: it takes most of static TLS, maps libtsrt with dlopen, uses
 * it, unmaps it, and uses it again. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsrt.h>

#define GET(name) __typeof__(&name) name##_ = (__typeof__(&name))find(library, #name)

static void *find(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (!found) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  return found;
}

static void *map(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    exit(2);
  }
  return library;
}

static tsrt_managed_tensor *run(void *library, const char *path) {
  GET(tsrt_model_load);
  GET(tsrt_model_forward);
  GET(tsrt_model_free);
  GET(tsrt_error_message);
  tsrt_model *model = NULL;
  tsrt_managed_tensor *y = NULL;
  float data[3] = {1, 2, 3};
  int64_t shape[1] = {3};
  size_t n = 0;
  const tsrt_tensor x = {data, {TSRT_CPU, 0}, 1, TSRT_FLOAT32, shape, NULL, 0};
  tsrt_error *error = tsrt_model_load_(path, NULL, &model);
  if (!error) error = tsrt_model_forward_(model, &x, 1, &y, 1, &n);
  if (error) {
    fprintf(stderr, "%s\n", tsrt_error_message_(error));
    exit(3);
  }
  tsrt_model_free_(model);
  return y;
}

static int is_right(const tsrt_managed_tensor *y) {
  const float *data = y->tensor.data;
  return data[0] == 2 && data[1] == 3 && data[2] == 4;
}

/* libtsrt, a model that adds one, and libraries to map first. */
int main(int argc, char **argv) {
  if (argc < 3) return 9;
  for (int i = 3; i < argc; ++i) map(argv[i]);
  void *library = map(argv[1]);
  tsrt_managed_tensor *y = run(library, argv[2]);
  dlclose(library);
  if (!is_right(y)) return 4;
  y->deleter(y);
  library = map(argv[1]);
  y = run(library, argv[2]);
  dlclose(library);
  if (!is_right(y)) return 5;
  y->deleter(y);
  puts("right");
  return 0;
}
