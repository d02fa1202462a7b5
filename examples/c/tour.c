/* What a model can do, from C: the same as in every other language. C has no exceptions, so each
 * call is asked whether it worked; `must` ends the program where an example has no better idea. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsrt.h>

static void must(tsrt_error *error) {
  if (!error) return;
  fprintf(stderr, "tour: %s\n", tsrt_error_message(error));
  exit(1);
}

static void show(tsrt_error *error) {
  printf("error %d: %s\n", tsrt_error_code(error), tsrt_error_message(error));
  tsrt_error_free(error);
}

static void print(const char *what, const float *numbers, int n) {
  printf("%s", what);
  for (int i = 0; i < n; ++i) printf(" %.3f", numbers[i]);
  printf("\n");
}

static float rows[6] = {0, 1, 2, 3, 4, 5};
static int64_t rows_shape[2] = {2, 3}, answer_shape[2] = {2, 2};
static const tsrt_tensor x = {rows, {TSRT_CPU, 0}, 2, TSRT_FLOAT32, rows_shape, NULL, 0};

/* The output is tsrt's memory, which is freed; or the program's own. */
static void forward(tsrt_model *model) {
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  must(tsrt_model_forward(model, &x, 1, &y, 1, &n));
  printf("forward: [%d, %d]", (int)y->tensor.shape[0], (int)y->tensor.shape[1]);
  print("", (const float *)y->tensor.data, 4);
  tsrt_managed_tensor_free(y);

  float numbers[4];
  tsrt_tensor into = {numbers, {TSRT_CPU, 0}, 2, TSRT_FLOAT32, answer_shape, NULL, 0};
  must(tsrt_model_forward_into(model, &x, 1, &into, 1));
  print("into:", numbers, 4);
}

static tsrt_value *text(const char *characters) {
  tsrt_value *value = NULL;
  must(tsrt_value_new_string(characters, strlen(characters), &value));
  return value;
}

static tsrt_value *number(double f) {
  tsrt_value *value = NULL;
  must(tsrt_value_new_float(f, &value));
  return value;
}

/* A method that takes a text and a dict, and returns a dict. */
static void shares(tsrt_model *model) {
  tsrt_value *names[2] = {text("links"), text("rechts")};
  tsrt_value *amounts[2] = {number(1), number(3)};
  tsrt_value *args[2] = {text("größe-"), NULL}, *tuple = NULL, *result = NULL;
  must(tsrt_value_new_dict((const tsrt_value *const *)names, (const tsrt_value *const *)amounts, 2,
                           &args[1]));
  must(tsrt_value_new_tuple((const tsrt_value *const *)args, 2, &tuple));
  must(tsrt_model_run(model, "shares", tuple, NULL, &result));
  for (int i = 0; i < 2; ++i) {
    tsrt_value_free(names[i]);
    tsrt_value_free(amounts[i]);
    tsrt_value_free(args[i]);
  }
  tsrt_value_free(tuple);

  size_t n = 0;
  must(tsrt_value_size(result, &n));
  printf("shares:");
  for (size_t i = 0; i < n; ++i) {
    tsrt_value *name = NULL, *share = NULL;
    const char *characters = NULL;
    size_t size = 0;
    double f = 0;
    must(tsrt_value_entry(result, i, &name, &share));
    must(tsrt_value_get_string(name, &characters, &size));
    must(tsrt_value_get_float(share, &f));
    printf(" %.*s=%.3f", (int)size, characters, f);
    tsrt_value_free(name);
    tsrt_value_free(share);
  }
  printf("\n");
  tsrt_value_free(result);
}

/* The average of all samples so far, which the model remembers. */
static tsrt_error *average(tsrt_model *model, float *samples, int64_t n, double *result) {
  tsrt_tensor tensor = {samples, {TSRT_CPU, 0}, 1, TSRT_FLOAT32, &n, NULL, 0};
  tsrt_value *value = NULL, *args = NULL, *answer = NULL;
  must(tsrt_value_new_tensor(&tensor, &value));
  must(tsrt_value_new_tuple((const tsrt_value *const *)&value, 1, &args));
  tsrt_error *error = tsrt_model_run(model, "average", args, NULL, &answer);
  if (!error) error = tsrt_value_get_float(answer, result);
  tsrt_value_free(answer);
  tsrt_value_free(args);
  tsrt_value_free(value);
  return error;
}

static void averages(tsrt_model *model) {
  double so_far = 0;
  printf("average:");
  for (int i = 1; i <= 3; ++i) {
    float samples[2] = {(float)i, (float)i};
    must(average(model, samples, 2, &so_far));
    printf(" %.3f", so_far);
  }
  printf("\n");
  float samples[2] = {4, 4};
  show(average(model, samples, 0, &so_far)); /* raised in the model, which stays usable */
  must(average(model, samples, 2, &so_far));
  printf("average: %.3f\n", so_far);
}

static const float expected[4] = {3.125f, -1.75f, 7.625f, 0.5f};

static void *call_often(void *argument) {
  tsrt_model *model = (tsrt_model *)argument;
  intptr_t same = 0;
  for (int i = 0; i < 250; ++i) {
    tsrt_managed_tensor *y = NULL;
    size_t n = 0;
    must(tsrt_model_forward(model, &x, 1, &y, 1, &n));
    same += memcmp(y->tensor.data, expected, sizeof expected) == 0;
    tsrt_managed_tensor_free(y);
  }
  return (void *)same;
}

/* One model serves all threads: its forward only reads. */
static void in_parallel(tsrt_model *model) {
  pthread_t threads[4];
  intptr_t all = 0;
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, call_often, model);
  for (int i = 0; i < 4; ++i) {
    void *same = NULL;
    pthread_join(threads[i], &same);
    all += (intptr_t)same;
  }
  printf("parallel: 4 threads, %d calls, %s\n", (int)all, all == 1000 ? "all the same" : "OTHERS");
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: tour model.pt\n");
    return 1;
  }
  tsrt_model *model = NULL;
  show(tsrt_model_load("absent.pt", NULL, &model));
  must(tsrt_model_load(argv[1], NULL, &model));
  forward(model);
  shares(model);
  averages(model);
  in_parallel(model);
  tsrt_model_free(model);
  printf("live handles: %d\n", (int)tsrt_live_handles());
  return 0;
}
