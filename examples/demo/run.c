/* The demo's work in C: loads a model, runs it, says how long that took.
 *
 *     run MODEL ANSWERS CALLS VALUE SIZE...
 *
 * The input has the shape SIZE... and is VALUE everywhere. The bytes of the first and of the last
 * answer go to the file ANSWERS; one JSON object goes to standard output. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tsrt.h>

enum { FIRST_SIZE = 5, MAX_DIMENSIONS = 8, SHOWN = 5 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Ends the program with the error's message, if it is one. */
static void check(tsrt_error *e) {
  if (!e) return;
  fprintf(stderr, "%s\n", tsrt_error_message(e));
  tsrt_error_free(e);
  exit(1);
}

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory) return memory;
  fprintf(stderr, "out of memory\n");
  exit(1);
}

/* The most memory this process has had resident, in MB. */
static double peak_mb(void) {
  char line[256];
  long kb = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status)) {
    if (sscanf(line, "VmHWM: %ld", &kb) == 1) break;
  }
  if (status) fclose(status);
  return (double)kb / 1024;
}

static size_t count_of(const tsrt_tensor *tensor) {
  size_t count = 1;
  for (int32_t i = 0; i < tensor->ndim; i++) count *= (size_t)tensor->shape[i];
  return count;
}

/* `shape` has to have room for MAX_DIMENSIONS. */
static tsrt_tensor make_input(int ndim, char **sizes, const char *value, int64_t *shape) {
  for (int i = 0; i < ndim; i++) shape[i] = strtoll(sizes[i], NULL, 10);
  tsrt_tensor x = {NULL, {TSRT_CPU, 0}, ndim, TSRT_FLOAT32, shape, NULL, 0};
  size_t count = count_of(&x);
  float *data = allocate(count, sizeof *data);
  for (size_t i = 0; i < count; i++) data[i] = strtof(value, NULL);
  x.data = data;
  return x;
}

static tsrt_managed_tensor *call(tsrt_model *model, const tsrt_tensor *x) {
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  check(tsrt_model_forward(model, x, 1, &y, 1, &n));
  return y;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Calls the model `calls` times; returns the last answer and the median time. */
static tsrt_managed_tensor *call_often(tsrt_model *model, const tsrt_tensor *x, size_t calls,
                                       double *median) {
  double *times = allocate(calls, sizeof *times);
  tsrt_managed_tensor *y = NULL;
  for (size_t i = 0; i < calls; i++) {
    tsrt_managed_tensor_free(y);
    double start = now();
    y = call(model, x);
    times[i] = now() - start;
  }
  qsort(times, calls, sizeof *times, ascending);
  *median = (times[(calls - 1) / 2] + times[calls / 2]) / 2;
  free(times);
  return y;
}

/* The demo's models answer with float32, row-major. */
static void write_answer(FILE *file, const tsrt_tensor *y) {
  size_t count = count_of(y);
  if (fwrite(y->data, sizeof(float), count, file) == count) return;
  perror("cannot write the answer");
  exit(1);
}

static void print_five(const tsrt_tensor *y) {
  const float *data = y->data;
  size_t count = count_of(y);
  printf("\"five\": [");
  for (size_t i = 0; i < SHOWN && i < count; i++) printf("%s%.9g", i ? ", " : "", data[i]);
  printf("]");
}

int main(int argc, char **argv) {
  if (argc <= FIRST_SIZE || argc > FIRST_SIZE + MAX_DIMENSIONS || atoi(argv[3]) < 1) {
    fprintf(stderr, "usage: run MODEL ANSWERS CALLS VALUE SIZE...\n");
    return 2;
  }
  int64_t shape[MAX_DIMENSIONS];
  tsrt_tensor x = make_input(argc - FIRST_SIZE, argv + FIRST_SIZE, argv[4], shape);
  tsrt_model *model = NULL;
  double start = now();
  check(tsrt_model_load(argv[1], NULL, &model));
  double loaded = now();
  tsrt_managed_tensor *first = call(model, &x);
  double answered = now(), peak = peak_mb(), median;
  tsrt_managed_tensor *last = call_often(model, &x, (size_t)atoi(argv[3]), &median);

  FILE *answers = fopen(argv[2], "wb");
  if (!answers) return perror(argv[2]), 1;
  write_answer(answers, &first->tensor);
  write_answer(answers, &last->tensor);
  if (fclose(answers)) return perror(argv[2]), 1;
  printf("{\"first_answer_at\": %.9f, \"peak_mb\": %.1f, ", answered, peak);
  printf("\"load_ms\": %.6f, ", (loaded - start) * 1e3);
  printf("\"first_ms\": %.6f, \"call_ms\": %.6f, ", (answered - loaded) * 1e3, median * 1e3);
  print_five(&first->tensor);
  printf("}\n");
  tsrt_managed_tensor_free(first);
  tsrt_managed_tensor_free(last);
  tsrt_model_free(model);
  free(x.data);
  return 0;
}
