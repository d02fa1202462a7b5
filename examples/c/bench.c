/* How many nanoseconds a call takes, with a model that does nothing: the median of 15 blocks. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <tsrt.h>

static volatile float seen;

static void must(tsrt_error *error) {
  if (!error) return;
  fprintf(stderr, "bench: %s\n", tsrt_error_message(error));
  exit(1);
}

static double now(void) {
  struct timespec time;
  timespec_get(&time, TIME_UTC);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void run(tsrt_model *model, const tsrt_tensor *x, int calls) {
  float sum = 0;
  for (int i = 0; i < calls; ++i) {
    tsrt_managed_tensor *y = NULL;
    size_t n = 0;
    must(tsrt_model_forward(model, x, 1, &y, 1, &n));
    sum += *(const float *)((const char *)y->tensor.data + y->tensor.byte_offset);
    tsrt_managed_tensor_free(y);
  }
  seen = sum;
}

static int ascending(const void *a, const void *b) {
  const double first = *(const double *)a, second = *(const double *)b;
  return (first > second) - (first < second);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: bench identity.pt\n");
    return 1;
  }
  tsrt_model *model = NULL;
  must(tsrt_model_load(argv[1], NULL, &model));
  float ones[4] = {1, 1, 1, 1};
  int64_t shape[1] = {4};
  tsrt_tensor x = {ones, {TSRT_CPU, 0}, 1, TSRT_FLOAT32, shape, NULL, 0};
  run(model, &x, 20000);
  double blocks[15];
  for (int i = 0; i < 15; ++i) {
    const double start = now();
    run(model, &x, 10000);
    blocks[i] = (now() - start) / 10000;
  }
  qsort(blocks, 15, sizeof *blocks, ascending);
  printf("%.1f\n", blocks[7]);
  tsrt_model_free(model);
  return 0;
}
