/* Timeouts, cancel, the interrupt check, and handles that are freed while calls run on them. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <time.h>

#include "check.h"

static void pause_for(long milliseconds) {
  const struct timespec time = {0, milliseconds * 1000000};
  nanosleep(&time, NULL);
}

static float data[3] = {1, 1, 1};
static int64_t shape[1] = {3};

struct endless {
  pthread_t thread;
  tsrt_model *model;
  int32_t code;
};

static void *run_endlessly(void *argument) {
  struct endless *call = argument;
  const tsrt_tensor x = view(data, float32, 1, shape);
  tsrt_error *error = failing_forward(call->model, &x, 1);
  call->code = tsrt_error_code(error);
  tsrt_error_free(error);
  return NULL;
}

static void test_timeout(void) {
  tsrt_model *model = load("spins");
  tsrt_model *limited = NULL;
  const tsrt_tensor x = view(data, float32, 1, shape);
  CHECK_OK(tsrt_model_share(model, "timeout=0.05", &limited));
  CHECK_FAILS(failing_forward(limited, &x, 1), TSRT_TIMEOUT, "its timeout of 0.05 s");
  tsrt_model_free(model); /* the other handle keeps the model */
  CHECK_FAILS(failing_forward(limited, &x, 1), TSRT_TIMEOUT, "its timeout of 0.05 s");
  float out[3];
  const tsrt_tensor y = view(out, float32, 1, shape);
  CHECK_FAILS(tsrt_model_forward_into(limited, &x, 1, &y, 1), TSRT_TIMEOUT, "its timeout");
  tsrt_model_free(limited);
}

static void test_cancel_and_free(void) {
  enum { n = 4 };
  struct endless calls[n];
  tsrt_model *model = load("spins");
  for (int i = 0; i < n; ++i) {
    CHECK_OK(tsrt_model_share(model, NULL, &calls[i].model));
    CHECK(pthread_create(&calls[i].thread, NULL, run_endlessly, &calls[i]) == 0);
  }
  pause_for(100);
  /* The calls have begun, so these handles may go: each call keeps what it needs. */
  for (int i = 0; i < n; ++i) tsrt_model_free(calls[i].model);
  pause_for(20);
  CHECK_OK(tsrt_model_cancel(model));
  for (int i = 0; i < n; ++i) {
    CHECK(pthread_join(calls[i].thread, NULL) == 0);
    CHECK(calls[i].code == TSRT_CANCELLED);
  }
  tsrt_model_free(model);
}

static bool after_three(void *user_data) {
  int *asked = user_data;
  return ++*asked >= 3;
}

static void test_interrupt_check(void) {
  int asked = 0;
  tsrt_model *model = load("spins");
  const tsrt_tensor x = view(data, float32, 1, shape);
  CHECK_OK(tsrt_set_interrupt_check(after_three, &asked));
  CHECK_FAILS(failing_forward(model, &x, 1), TSRT_CANCELLED, "the host's interrupt check");
  CHECK(asked == 3);
  CHECK_OK(tsrt_set_interrupt_check(NULL, NULL));
  tsrt_model_free(model);
}

static void test_bad_arguments(void) {
  tsrt_model *model = load("identity");
  tsrt_model *shared = model;
  const int32_t invalid = TSRT_INVALID_ARGUMENT;
  CHECK_FAILS(tsrt_model_share(model, "timeout=0", &shared), invalid, "option timeout is '0'");
  CHECK(!shared);
  CHECK_FAILS(tsrt_model_share(model, "timeout=1s", &shared), invalid, "option timeout is '1s'");
  CHECK_FAILS(tsrt_model_share(model, "device=cpu", &shared), invalid,
              "a handle has no option 'device': its options are threads, timeout");
  CHECK_FAILS(tsrt_model_share(NULL, NULL, &shared), invalid, "model is NULL");
  CHECK_FAILS(tsrt_model_share(model, NULL, NULL), invalid, "shared is NULL");
  CHECK_FAILS(tsrt_model_cancel(NULL), invalid, "model is NULL");
  tsrt_model_free(model);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_timeout();
  test_cancel_and_free();
  test_interrupt_check();
  test_bad_arguments();
  return finish();
}
