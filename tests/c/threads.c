/* Threads: one model for all, one model each, and objects that are freed far from home. */
#include <pthread.h>

#include "check.h"

enum { n_threads = 8, n_calls = 200 };

static void in_threads(void *(*body)(void *), void **arguments) {
  pthread_t threads[n_threads];
  for (int i = 0; i < n_threads; ++i)
    CHECK(pthread_create(&threads[i], NULL, body, arguments[i]) == 0);
  for (int i = 0; i < n_threads; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
}

static void in_threads_on(void *(*body)(void *), tsrt_model *model) {
  void *same[n_threads];
  for (int i = 0; i < n_threads; ++i) same[i] = model;
  in_threads(body, same);
}

/* ---- a model without state ---- */

static float expected[4];

static void call_mlp(tsrt_model *model, float *result) {
  float data[16];
  for (int i = 0; i < 16; ++i) data[i] = (float)i / 16;
  int64_t shape[1] = {16}, four[1] = {4};
  const tsrt_tensor x = view(data, float32, 1, shape), y = view(result, float32, 1, four);
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, &y, 1));
}

static void *call_many_times(void *model) {
  for (int i = 0; i < n_calls; ++i) {
    float result[4] = {0};
    call_mlp(model, result);
    CHECK(memcmp(result, expected, sizeof expected) == 0);
  }
  return NULL;
}

static void test_stateless(void) {
  tsrt_model *model = load("mlp");
  call_mlp(model, expected);
  in_threads_on(call_many_times, model);
  tsrt_model_free(model);
}

/* ---- a model with state ---- */

static float count(tsrt_model *model) {
  float zero[1] = {0}, n[1];
  int64_t shape[1] = {1};
  const tsrt_tensor x = view(zero, float32, 1, shape), y = view(n, float32, 1, shape);
  CHECK_OK(tsrt_model_forward_into(model, &x, 1, &y, 1));
  return n[0];
}

/* Calls on one model wait for each other, so that each thread sees the number grow. */
static void *count_many_times(void *model) {
  float before = 0;
  for (int i = 0; i < n_calls; ++i) {
    const float now = count(model);
    CHECK(now > before);
    before = now;
  }
  return NULL;
}

static void test_stateful(void) {
  tsrt_model *model = load("counter");
  in_threads_on(count_many_times, model);
  CHECK(count(model) == n_threads * n_calls + 1);
  tsrt_model_free(model);
}

/* A model of one's own counts one's own calls. */
static void *count_own_calls(void *model) {
  for (int i = 0; i < n_calls; ++i) CHECK(count(model) == (float)(i + 1));
  return NULL;
}

static void test_clones(void) {
  tsrt_model *model = load("counter");
  void *clones[n_threads];
  for (int i = 0; i < n_threads; ++i) {
    tsrt_model *clone = NULL;
    CHECK_OK(tsrt_model_clone(model, &clone));
    clones[i] = clone;
  }
  in_threads(count_own_calls, clones);
  CHECK(count(model) == 1);
  for (int i = 0; i < n_threads; ++i) tsrt_model_free(clones[i]);
  tsrt_model_free(model);
}

/* Clones are whole also while the model is running. */
static void *clone_while_counting(void *model) {
  for (int i = 0; i < n_calls / 4; ++i) {
    tsrt_model *clone = NULL;
    CHECK_OK(tsrt_model_clone(model, &clone));
    const float here = count(clone);
    CHECK(count(clone) == here + 1);
    tsrt_model_free(clone);
    count(model);
    CHECK_OK(tsrt_model_to(model, "cpu"));
    char *json = NULL;
    CHECK_OK(tsrt_model_describe(model, &json));
    tsrt_string_free(json);
  }
  return NULL;
}

static void test_clone_while_counting(void) {
  tsrt_model *model = load("counter");
  in_threads_on(clone_while_counting, model);
  CHECK(count(model) == n_threads * (n_calls / 4) + 1);
  tsrt_model_free(model);
}

/* ---- errors, and objects that change hands ---- */

/* Errors belong to their call: no thread sees another one's. */
static void *fail_in_own_words(void *name) {
  for (int i = 0; i < n_calls; ++i) {
    tsrt_model *model = NULL;
    CHECK_FAILS(tsrt_model_load(name, NULL, &model), TSRT_NOT_FOUND, name);
  }
  return NULL;
}

static void test_errors(void) {
  char names[n_threads][16];
  void *arguments[n_threads];
  for (int i = 0; i < n_threads; ++i) {
    snprintf(names[i], sizeof names[i], "absent-%d.pt", i);
    arguments[i] = names[i];
  }
  in_threads(fail_in_own_words, arguments);
}

static void *free_tensor(void *tensor) {
  tsrt_managed_tensor_free(tensor);
  return NULL;
}

static void *free_model(void *model) {
  tsrt_model_free(model);
  return NULL;
}

static void test_free_elsewhere(void) {
  tsrt_model *model = load("identity");
  float data[1] = {1};
  int64_t shape[1] = {1};
  const tsrt_tensor x = view(data, float32, 1, shape);
  void *objects[n_threads];
  for (int i = 0; i < n_threads; ++i) objects[i] = forward(model, &x);
  in_threads(free_tensor, objects);
  objects[0] = model;
  for (int i = 1; i < n_threads; ++i) objects[i] = load("counter");
  in_threads(free_model, objects);
}

/* Loading in many threads at once, each with options of its own. */
static void *load_and_call(void *options) {
  char path[4096];
  snprintf(path, sizeof path, "%s/mlp.pt", models_folder);
  for (int i = 0; i < 10; ++i) {
    tsrt_model *model = NULL;
    float result[4] = {0};
    CHECK_OK(tsrt_model_load(path, options, &model));
    call_mlp(model, result);
    CHECK(memcmp(result, expected, sizeof expected) == 0);
    tsrt_model_free(model);
  }
  return NULL;
}

static void test_load(void) {
  char options[n_threads][16];
  void *arguments[n_threads];
  for (int i = 0; i < n_threads; ++i) {
    snprintf(options[i], sizeof options[i], "threads=%d", 1 + i % 3);
    arguments[i] = options[i];
  }
  in_threads(load_and_call, arguments);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  test_stateless();
  test_stateful();
  test_clones();
  test_clone_while_counting();
  test_errors();
  test_free_elsewhere();
  test_load();
  return finish();
}
