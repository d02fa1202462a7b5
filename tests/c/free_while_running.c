/* A model that is freed while eight threads are inside its calls lives until these have returned.
 */
#include <pthread.h>

#include "calls.h"

enum { n_threads = 8, n_rounds = 10 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int inside;
static bool freed;

/* The model prints, so this thread is in its call. */
static void wait_inside(const char *text, size_t size, void *data) {
  (void)text, (void)size, (void)data;
  pthread_mutex_lock(&mutex);
  ++inside;
  pthread_cond_broadcast(&changed);
  while (!freed) pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
}

static void *run_slowly(void *model) {
  float data[3] = {2, 2, 4};
  int64_t n = 3, steps = 100, one = 1;
  const tsrt_tensor inputs[2] = {view(data, float32, 1, &n), view(&steps, int64, 0, &one)};
  tsrt_managed_tensor *output = NULL;
  size_t n_outputs = 0;
  CHECK_OK(tsrt_model_forward(model, inputs, 2, &output, 1, &n_outputs));
  CHECK(holds(output, 3, (float[]){2, 2, 2}));
  return NULL;
}

static void free_meanwhile(void) {
  pthread_t threads[n_threads];
  tsrt_model *model = load("slow");
  inside = 0;
  freed = false;
  for (int i = 0; i < n_threads; ++i)
    CHECK(pthread_create(&threads[i], NULL, run_slowly, model) == 0);
  pthread_mutex_lock(&mutex);
  while (inside < n_threads) pthread_cond_wait(&changed, &mutex);
  tsrt_model_free(model);
  freed = true;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
  for (int i = 0; i < n_threads; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  CHECK_OK(tsrt_set_print_handler(wait_inside, NULL));
  for (int i = 0; i < n_rounds; ++i) free_meanwhile();
  CHECK_OK(tsrt_set_print_handler(NULL, NULL));
  return finish();
}
