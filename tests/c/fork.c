/* Forked children: their calls end, and give the parent's answers. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { n = 512, patience = 60 };

static float image[3 * 64 * 64], rows[n * n];

static void answer(tsrt_model *model, float *first, float *second) {
  int64_t image_shape[4] = {1, 3, 64, 64}, rows_shape[2] = {n, n}, first_shape[4] = {1, 32, 62, 62};
  const tsrt_tensor inputs[2] = {view(image, float32, 4, image_shape),
                                 view(rows, float32, 2, rows_shape)};
  const tsrt_tensor outputs[2] = {view(first, float32, 4, first_shape),
                                  view(second, float32, 2, rows_shape)};
  CHECK_OK(tsrt_model_forward_into(model, inputs, 2, outputs, 2));
}

static float expected[2][n * n], found[2][n * n];

static void check_answer(tsrt_model *model) {
  memset(found, 0, sizeof found);
  answer(model, found[0], found[1]);
  CHECK(memcmp(found, expected, sizeof found) == 0);
}

/* In a child, with a watchdog. With `leave` it ends as programs do, through their destructors. */
static void in_child(void (*body)(tsrt_model *), tsrt_model *model, void (*leave)(int)) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(patience);
    body(model);
    leave(0);
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void in_grandchild(tsrt_model *model) {
  check_answer(model);
  in_child(check_answer, model, _exit);
}

static void load_there(tsrt_model *model) {
  tsrt_model *other = load("parallel");
  check_answer(other);
  tsrt_model_free(other);
  tsrt_model_free(model);
}

static void test_forward(tsrt_model *model) {
  in_child(check_answer, model, _exit);
  in_child(check_answer, model, exit);
  in_child(in_grandchild, model, _exit);
  in_child(load_there, model, exit);
  check_answer(model);
}

static void run_tasks(tsrt_model *model) {
  static float x[64 * 256];
  int64_t shape[2] = {64, 256};
  const tsrt_tensor input = view(x, float32, 2, shape);
  tsrt_managed_tensor_free(forward(model, &input));
}

static void nothing(tsrt_model *model) {
  (void)model;
}

/* torch.jit.fork */
static void test_tasks(void) {
  tsrt_model *model = load("tasks");
  run_tasks(model);
  in_child(run_tasks, model, exit);
  in_child(nothing, model, exit);
  tsrt_model_free(model);
}

/* ---- forks while other threads are in calls ---- */

static atomic_bool ended;
static atomic_int calls;

static float count(tsrt_model *model) {
  float zero[1] = {0}, sum[1];
  int64_t shape[1] = {1};
  const tsrt_tensor x = view(zero, float32, 1, shape), y = view(sum, float32, 1, shape);
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, &y, 1));
  return sum[0];
}

static void *count_on(void *model) {
  while (!ended) {
    count(model);
    atomic_fetch_add(&calls, 1);
  }
  return NULL;
}

static void *load_on(void *unused) {
  (void)unused;
  while (!ended) tsrt_model_free(load("counter"));
  return NULL;
}

static void count_once(tsrt_model *model) {
  const float before = count(model);
  CHECK(count(model) == before + 1);
  tsrt_model *clone = NULL;
  CHECK_OK(tsrt_model_clone(model, &clone));
  CHECK(count(clone) == before + 2);
  tsrt_model_free(clone);
}

static void test_busy(void) {
  tsrt_model *model = load("counter");
  pthread_t threads[3];
  CHECK(pthread_create(&threads[0], NULL, count_on, model) == 0);
  CHECK(pthread_create(&threads[1], NULL, count_on, model) == 0);
  CHECK(pthread_create(&threads[2], NULL, load_on, NULL) == 0);
  while (!calls) sched_yield();
  for (int i = 0; i < 50; ++i) in_child(count_once, model, _exit);
  ended = true;
  for (size_t i = 0; i < COUNT(threads); ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  CHECK(count(model) == (float)(calls + 1));
  tsrt_model_free(model);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  for (size_t i = 0; i < COUNT(rows); ++i) rows[i] = (float)(i % 7) - 3;
  for (size_t i = 0; i < COUNT(image); ++i) image[i] = (float)(i % 5) - 2;
  tsrt_model *model = load("parallel");
  answer(model, expected[0], expected[1]);
  test_forward(model);
  tsrt_model_free(model);
  test_tasks();
  test_busy();
  return finish();
}
