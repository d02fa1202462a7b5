/* Ways in which a process ends: calls in atexit handlers, threads that are in calls meanwhile. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { patience = 60, n_times = 2 };

static tsrt_model *model;
static tsrt_managed_tensor *output;
static float data[16];
static int64_t shape[1] = {16};

static tsrt_managed_tensor *run(void) {
  const tsrt_tensor x = view(data, float32, 1, shape);
  return forward(model, &x);
}

/* What LibTorch made later than the handler was registered is gone: calls may fail, and no more. */
static void use_late(void) {
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  tsrt_error_free(tsrt_model_forward(model, &x, 1, &y, 1, &n));
  tsrt_managed_tensor_free(y);
  tsrt_managed_tensor_free(output);
  tsrt_model_free(model);
  if (tsrt_live_handles() != 0) _exit(3);
}

static void use_at_exit(void) {
  tsrt_managed_tensor_free(run());
  char *json = NULL;
  CHECK_OK(tsrt_model_describe(model, &json));
  tsrt_string_free(json);
  tsrt_managed_tensor_free(output);
  tsrt_model_free(model);
  if (tsrt_live_handles() != 0) _exit(3);
}

static void load_and_run(void) {
  model = load("mlp");
  output = run();
}

static void handler_before_load(void) {
  atexit(use_late);
  load_and_run();
  exit(0);
}

static void handler_after_load(void) {
  load_and_run();
  atexit(use_at_exit);
  exit(0);
}

static void nothing_freed(void) {
  load_and_run();
  exit(0);
}

static void quickly(void) {
  load_and_run();
  at_quick_exit(use_at_exit);
  quick_exit(0);
}

static void at_once(void) {
  load_and_run();
  _exit(0);
}

static atomic_int calls;

/* Calls of other threads end while the process exits, maybe with an error: that it is exiting, or
 * of LibTorch's, since what it made later than tsrt's exit handler is gone before that runs. */
static void count_call(tsrt_error *error) {
  if (error) {
    tsrt_error_free(error);
    for (;;) pause();
  }
  atomic_fetch_add(&calls, 1);
}

static void run_once(tsrt_model *on, const tsrt_tensor *x) {
  tsrt_managed_tensor *y = NULL;
  size_t n = 0;
  tsrt_error *error = tsrt_model_forward(on, x, 1, &y, 1, &n);
  tsrt_managed_tensor_free(y);
  count_call(error);
}

static void *run_on(void *unused) {
  (void)unused;
  const tsrt_tensor x = view(data, float32, 1, shape);
  for (;;) run_once(model, &x);
  return NULL;
}

static void *run_tasks_on(void *tasks) {
  static float rows[64 * 256];
  int64_t rows_shape[2] = {64, 256};
  const tsrt_tensor x = view(rows, float32, 2, rows_shape);
  for (;;) run_once(tasks, &x);
  return NULL;
}

static void *load_on(void *unused) {
  (void)unused;
  char path[4096];
  snprintf(path, sizeof path, "%s/lstm_state.pt", models_folder);
  for (;;) {
    tsrt_model *loaded = NULL;
    tsrt_error *error = tsrt_model_load(path, NULL, &loaded);
    tsrt_model_free(loaded);
    count_call(error);
  }
  return NULL;
}

static void leave_running(void *(*body)(void *), void *argument) {
  pthread_t thread;
  for (int i = 0; i < 2; ++i) CHECK(pthread_create(&thread, NULL, body, argument) == 0);
  while (calls < 4) usleep(100);
  exit(0);
}

static void while_running(void) {
  load_and_run();
  leave_running(run_on, NULL);
}

static void while_running_tasks(void) {
  leave_running(run_tasks_on, load("tasks"));
}

static void while_loading(void) {
  leave_running(load_on, NULL);
}

/* Each in a process of its own, forked before there is anything to inherit. */
static void ends_well(void (*body)(void), const char *name) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(patience);
    body();
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child);
  if (status != 0) fprintf(stderr, "%s ended with status %d\n", name, status);
  CHECK(status == 0);
}

#define ENDS_WELL(body) ends_well(body, #body)

int main(int argc, char **argv) {
  begin(argc, argv);
  ENDS_WELL(handler_before_load);
  ENDS_WELL(handler_after_load);
  ENDS_WELL(nothing_freed);
  ENDS_WELL(quickly);
  ENDS_WELL(at_once);
  const char *more = getenv("TSRT_TEST_EXITS"); /* how often, for a longer run */
  const int times = more ? atoi(more) : n_times;
  for (int i = 0; i < times; ++i) {
    ENDS_WELL(while_running);
    ENDS_WELL(while_running_tasks);
    ENDS_WELL(while_loading);
  }
  return finish();
}
