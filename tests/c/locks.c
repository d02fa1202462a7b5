/* What may run beside what: turns at a model's lock, numbers of threads, handlers that call tsrt.
 */
#define _GNU_SOURCE /* for RTLD_DEFAULT */
#include <dlfcn.h>
#include <pthread.h>

#include "calls.h"

enum { n_threads = 8, n_calls = 50 };

static tsrt_model *model;
static int numbers[n_threads];

/* Runs the body in eight threads, each with one of `numbers`, and the rest here beside them. */
static void beside(void *(*body)(void *), void (*here)(void)) {
  pthread_t threads[n_threads];
  for (int i = 0; i < n_threads; ++i) {
    numbers[i] = i + 1;
    CHECK(pthread_create(&threads[i], NULL, body, &numbers[i]) == 0);
  }
  if (here) here();
  for (int i = 0; i < n_threads; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
}

static tsrt_error *call_on(tsrt_model *which, int64_t n_in, int64_t n_out) {
  float data[16] = {1}, result[16];
  const tsrt_tensor x = view(data, float32, 1, &n_in), y = view(result, float32, 1, &n_out);
  return tsrt_model_forward_into(which, &x, 1, &y, 1);
}

static tsrt_model *load_with(const char *name, const char *options) {
  char path[4096];
  tsrt_model *loaded = NULL;
  snprintf(path, sizeof path, "%s/%s.pt", models_folder, name);
  CHECK_OK(tsrt_model_load(path, options, &loaded));
  return loaded;
}

/* ---- turns ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int stage;

static void advance(int to) {
  pthread_mutex_lock(&mutex);
  stage = to;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
}

static bool reached(int wanted) {
  pthread_mutex_lock(&mutex);
  const bool is = stage >= wanted;
  pthread_mutex_unlock(&mutex);
  return is;
}

static void wait_for(int wanted) {
  pthread_mutex_lock(&mutex);
  while (stage < wanted) pthread_cond_wait(&changed, &mutex);
  pthread_mutex_unlock(&mutex);
}

static void *read_until_told(void *unused) {
  while (!reached(1)) CHECK_OK(call_on(model, 16, 4));
  return unused;
}

static void *write_until_told(void *unused) {
  while (!reached(1)) CHECK_OK(call_on(model, 1, 1));
  return unused;
}

static void write_in_between(void) {
  for (int i = 0; i < n_calls; ++i) {
    CHECK_OK(tsrt_model_train(model, false));
    CHECK_OK(tsrt_model_to(model, "cpu"));
  }
  advance(1);
}

static void read_in_between(void) {
  for (int i = 0; i < n_calls; ++i) {
    tsrt_model *clone = NULL;
    CHECK_OK(tsrt_model_clone(model, &clone));
    tsrt_model_free(clone);
    tsrt_value_free(run(model, "state", NULL, NULL));
  }
  advance(1);
}

/* Without turns the other side would wait for ever: there always is one that has the lock. */
static void test_everybody_gets_a_turn(void) {
  stage = 0;
  model = load_with("mlp", "threads=1");
  beside(read_until_told, write_in_between);
  tsrt_model_free(model);
  stage = 0;
  model = load("counter");
  beside(write_until_told, read_in_between);
  tsrt_model_free(model);
}

/* ---- numbers of threads ---- */

static int (*threads_now)(void); /* of the OpenMP that LibTorch uses */
static int usual;
static _Thread_local int wanted;

static void check_number(const char *text, size_t size, void *data) {
  (void)text, (void)size, (void)data;
  CHECK(threads_now() == wanted);
}

static void *call_with_own_number(void *number) {
  char options[32];
  snprintf(options, sizeof options, "threads=%d", *(int *)number);
  tsrt_model *own = load_with("prints", options), *plain = load("prints");
  for (int i = 0; i < n_calls; ++i) {
    wanted = *(int *)number;
    CHECK_OK(call_on(own, 3, 3));
    CHECK(threads_now() == usual);
    wanted = usual;
    CHECK_OK(call_on(plain, 3, 3));
  }
  tsrt_model_free(own);
  tsrt_model_free(plain);
  return NULL;
}

static void test_each_model_has_its_number(void) {
  CHECK_OK(tsrt_set_print_handler(check_number, NULL));
  beside(call_with_own_number, NULL);
  CHECK_OK(tsrt_set_print_handler(NULL, NULL));
}

static void stay_inside(const char *text, size_t size, void *data) {
  (void)text, (void)size, (void)data;
  CHECK(threads_now() == 1);
  advance(1);
  wait_for(2);
}

static void *run_slowly(void *unused) {
  tsrt_model *single = load_with("prints", "threads=1");
  CHECK_OK(call_on(single, 3, 3));
  tsrt_model_free(single);
  return unused;
}

/* A thread that meets LibTorch while a model with another number runs has the usual one. */
static void *begin_meanwhile(void *unused) {
  enum { many = 1 << 20 }; /* enough for LibTorch to think of threads */
  static float data[many], result[8];
  int64_t n_in[1] = {many}, n_out[1] = {1};
  tsrt_model *plain = load("sum");
  const tsrt_tensor x = view(data, float32, 1, n_in), y = view(result, float32, 0, n_out);
  CHECK_OK(tsrt_model_forward_into(plain, &x, 1, &y, 1));
  CHECK(threads_now() == usual);
  tsrt_model_free(plain);
  return unused;
}

static void test_numbers_do_not_spread(void) {
  pthread_t slow, young;
  stage = 0;
  CHECK_OK(tsrt_set_print_handler(stay_inside, NULL));
  CHECK(pthread_create(&slow, NULL, run_slowly, NULL) == 0);
  wait_for(1);
  CHECK(pthread_create(&young, NULL, begin_meanwhile, NULL) == 0);
  CHECK(pthread_join(young, NULL) == 0);
  advance(2);
  CHECK(pthread_join(slow, NULL) == 0);
  CHECK_OK(tsrt_set_print_handler(NULL, NULL));
}

/* ---- handlers that call tsrt ---- */

static tsrt_model *other;

static void use_models(const char *text, size_t size, void *data) {
  tsrt_model *clone = NULL;
  (void)text, (void)size, (void)data;
  CHECK_FAILS(call_on(model, 3, 3), invalid, "give the callback a clone");
  CHECK_FAILS(tsrt_model_train(model, false), invalid, "give the callback a clone");
  CHECK_OK(tsrt_model_clone(model, &clone)); /* the call only reads */
  tsrt_model_free(clone);
  CHECK_OK(call_on(other, 16, 4));
  CHECK_OK(tsrt_model_to(other, "cpu"));
  advance(1);
}

static void test_handlers_use_other_models(void) {
  stage = 0;
  model = load("prints");
  other = load("mlp");
  CHECK_OK(tsrt_set_print_handler(use_models, NULL));
  CHECK_OK(call_on(model, 3, 3));
  CHECK(reached(1));
  CHECK_OK(tsrt_set_print_handler(NULL, NULL));
  CHECK_OK(call_on(model, 3, 3));
  tsrt_model_free(model);
  tsrt_model_free(other);
}

static tsrt_value *object;

static void free_object(const char *text, size_t size, void *data) {
  (void)text, (void)size, (void)data;
  tsrt_value_free(object);
}

static void test_an_object_is_freed_in_its_own_call(void) {
  model = load("objects");
  object = run(model, "make", TUPLE(new_int(5)), NULL);
  tsrt_model_free(model);
  CHECK_OK(tsrt_set_print_handler(free_object, NULL));
  CHECK(int_in(call(object, "tell", NULL)) == 5);
  CHECK_OK(tsrt_set_print_handler(NULL, NULL));
}

/* ---- what is made when it is first asked for ---- */

static pthread_barrier_t together;
static tsrt_value *text;
static tsrt_managed_tensor *handles[n_threads];

static void *ask_first(void *number) {
  float data[2] = {1, 2};
  pthread_barrier_wait(&together);
  CHECK(is_type(text, "Tuple[int, str]") && is_type(object, "Tally"));
  tsrt_value_free(call(object, "add", TUPLE(new_int(1))));
  tsrt_value *shifted = run(other, "encoder.shift", TUPLE(new_row(data, 2)), NULL);
  CHECK(value_holds(shifted, 2, (float[]){2, 3}));
  CHECK(holds(handles[*(int *)number - 1], 1, (float[]){1}));
  return NULL;
}

static void ask_together(void) {
  float data[1] = {1};
  int64_t one = 1;
  const tsrt_tensor x = view(data, float32, 1, &one);
  tsrt_model *identity = load("identity");
  model = load("objects");
  other = load("attributes");
  object = run(model, "make", TUPLE(new_int(5)), NULL);
  text = TUPLE(new_int(1), new_string("one"));
  handles[0] = forward(identity, &x);
  for (int i = 1; i < n_threads; ++i) CHECK_OK(tsrt_managed_tensor_share(handles[0], &handles[i]));
  beside(ask_first, NULL);
  tsrt_value_free(object);
  tsrt_value_free(text);
  tsrt_model_free(identity);
  tsrt_model_free(model);
  tsrt_model_free(other);
}

static void test_asked_for_by_all_at_once(void) {
  CHECK(pthread_barrier_init(&together, NULL, n_threads) == 0);
  for (int i = 0; i < n_calls / 5; ++i) ask_together();
  CHECK(pthread_barrier_destroy(&together) == 0);
}

static void ignore(const char *line, size_t size, void *data) {
  (void)line, (void)size, (void)data;
}

static void *print_and_replace(void *number) {
  tsrt_model *own = load("prints");
  for (int i = 0; i < n_calls; ++i) {
    CHECK_OK(call_on(own, 3, 3));
    CHECK_OK(tsrt_set_print_handler(ignore, number));
  }
  tsrt_model_free(own);
  return NULL;
}

static void test_handlers_are_replaced_at_once(void) {
  CHECK_OK(tsrt_set_print_handler(ignore, NULL));
  beside(print_and_replace, NULL);
  CHECK_OK(tsrt_set_print_handler(NULL, NULL));
}

int main(int argc, char **argv) {
  begin(argc, argv);
  *(void **)&threads_now = dlsym(RTLD_DEFAULT, "omp_get_max_threads");
  CHECK(threads_now);
  model = load("mlp");
  CHECK_OK(call_on(model, 16, 4));
  usual = threads_now();
  tsrt_model_free(model);
  test_everybody_gets_a_turn();
  test_each_model_has_its_number();
  test_numbers_do_not_spread();
  test_handlers_use_other_models();
  test_an_object_is_freed_in_its_own_call();
  test_asked_for_by_all_at_once();
  test_handlers_are_replaced_at_once();
  return finish();
}
