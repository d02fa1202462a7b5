/* Everything at once from eight threads, for a second or for TSRT_STRESS_SECONDS. What has one
 * right answer is compared with what a single thread got. `make tsan` runs it under
 * ThreadSanitizer. */
#define _POSIX_C_SOURCE 200809L /* for clock_gettime */
#include <pthread.h>
#include <time.h>

#include "stress.h"

enum { n_threads = 8, n_shelves = 16 };

typedef struct {
  uint64_t random;
  tsrt_model *stream; /* a clone that only this thread calls */
  int step;
  int64_t calls, counted, added;
} worker;

static uint32_t draw(worker *self, uint32_t n) {
  self->random = self->random * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(self->random >> 33) % n;
}

/* ---- calls with one right answer ---- */

static void forward_stateless(worker *self) {
  const uint32_t which = draw(self, 3);
  if (which == 0) check_row(shared.forks, 3, expected.forks, 3);
  if (which == 1) check_row(shared.gradient, 3, expected.gradient, 3);
  if (which == 2) check_row(shared.mlp, 16, expected.mlp, 4);
}

/* Each stream has its own clone, and gets what one thread alone gets. */
static void forward_stream(worker *self) {
  float out[8];
  if (self->step == n_steps) {
    if (draw(self, 2)) {
      CHECK_OK(tsrt_model_reset(self->stream));
    } else {
      tsrt_model_free(self->stream);
      CHECK_OK(tsrt_model_clone(shared.lstm, &self->stream));
    }
    self->step = 0;
  }
  lstm_step(self->stream, self->step, out);
  CHECK(memcmp(out, expected.lstm[self->step++], sizeof out) == 0);
}

/* Nothing that many threads count is lost. */
static void forward_counter(worker *self) {
  float out[1];
  row(shared.counter, 1, out, 1);
  ++self->counted;
}

static void run_quantized(worker *self) {
  float data[2] = {1, 2.25f};
  (void)self;
  tsrt_value *q = run(shared.quantized, "forward", TUPLE(new_row(data, 2)), NULL);
  tsrt_managed_tensor *integers = NULL, *scales = NULL, *zeros = NULL, *numbers = NULL;
  int32_t axis = 0;
  CHECK_OK(tsrt_value_get_tensor(q, &integers));
  CHECK(((const uint8_t *)data_of(integers))[0] == 12);
  CHECK_OK(tsrt_managed_tensor_quantization(integers, &scales, &zeros, &axis));
  CHECK_OK(tsrt_managed_tensor_dequantize(integers, &numbers));
  tsrt_managed_tensor_free(integers);
  tsrt_managed_tensor_free(scales);
  tsrt_managed_tensor_free(zeros);
  CHECK(holds(numbers, 2, (float[]){1, 2}));
  tsrt_value *back = run(shared.quantized, "numbers", TUPLE(q), NULL);
  CHECK(value_holds(back, 2, (float[]){1, 2}));
}

/* ---- tensors and values that change hands ---- */

static pthread_mutex_t shelves_lock = PTHREAD_MUTEX_INITIALIZER;
static tsrt_managed_tensor *shelves[n_shelves];
static tsrt_value *common; /* a value that all threads read */
static tsrt_value *tally;  /* an object that all threads call */

static tsrt_managed_tensor *exchange(uint32_t place, tsrt_managed_tensor *tensor) {
  pthread_mutex_lock(&shelves_lock);
  tsrt_managed_tensor *before = shelves[place];
  shelves[place] = tensor;
  pthread_mutex_unlock(&shelves_lock);
  return before;
}

static void pass_on_a_tensor(worker *self) {
  float data[16];
  int64_t n = 16;
  for (int i = 0; i < 16; ++i) data[i] = (float)(i + 1) / 16;
  const tsrt_tensor x = view(data, float32, 1, &n);
  tsrt_managed_tensor *y = forward(shared.mlp, &x), *again = NULL;
  CHECK_OK(tsrt_managed_tensor_share(y, &again));
  tsrt_managed_tensor *strange = exchange(draw(self, n_shelves), y);
  if (strange) CHECK(holds(strange, 4, expected.mlp));
  CHECK(holds(again, 4, expected.mlp));
}

static void read_common_value(worker *self) {
  tsrt_value *key = NULL, *entry = NULL;
  char *json = NULL;
  (void)self;
  CHECK(is_type(common, "Tuple[") && size_of(common) == 3);
  tsrt_value *place = item(common, 1), *dict = item(common, 2);
  CHECK(is_text(place, "text") && is_type(place, "str"));
  CHECK_OK(tsrt_value_entry(dict, 0, &key, &entry));
  CHECK(text_in(key, "key") && int_in(entry) == 7);
  CHECK_OK(tsrt_value_describe(common, &json));
  tsrt_string_free(json);
  tsrt_value_free(place);
  tsrt_value_free(dict);
}

static void call_common_object(worker *self) {
  tsrt_value_free(call(tally, "add", TUPLE(new_int(1))));
  self->added += 1;
  if (draw(self, 4) == 0) {
    CHECK(int_in(run(shared.objects, "feed", TUPLE(again(tally), new_int(2)), NULL)) > 0);
    self->added += 2;
  }
  CHECK(int_in(attribute(tally, "total")) >= self->added);
  CHECK(is_type(tally, "Tally"));
}

static void make_objects(worker *self) {
  tsrt_value *own = run(shared.objects, "make", TUPLE(new_int(5)), NULL);
  const int64_t n = draw(self, 100);
  CHECK(int_in(call(own, "add", TUPLE(new_int(n)))) == n + 5);
  tsrt_value_free(own);
  tsrt_value_free(run(shared.objects, "ring", NULL, NULL));
}

/* ---- models that change, and those that come and go ---- */

static void change_modes(worker *self) {
  static float ignored[n_threads][8 * 6 * 6];
  char *json = NULL;
  switch (draw(self, 5)) {
    case 0:
      CHECK_OK(tsrt_model_train(shared.modes, draw(self, 2)));
      break;
    case 1:
      CHECK_OK(tsrt_model_reset(shared.modes));
      break;
    case 2:
      CHECK_OK(tsrt_model_to(shared.modes, "cpu"));
      break;
    case 3:
      CHECK_OK(tsrt_model_describe(shared.modes, &json));
      tsrt_string_free(json);
      break;
    default:
      image(shared.modes, ignored[self->random % n_threads]);
  }
}

static void change_attributes(worker *self) {
  tsrt_value *value = NULL;
  float data[2] = {1, 1};
  if (draw(self, 2)) {
    value = new_float(draw(self, 100));
    CHECK_OK(tsrt_model_set_attribute(shared.attributes, "scale", value));
  } else {
    static const char *const names[] = {"weight", "sizes", "table", "encoder.steps", "scale"};
    CHECK_OK(tsrt_model_get_attribute(shared.attributes, names[draw(self, 5)], &value));
  }
  tsrt_value_free(value);
  if (draw(self, 4) == 0) {
    CHECK_OK(tsrt_model_reset(shared.attributes));
  } else {
    tsrt_value_free(run(shared.attributes, "forward", TUPLE(new_row(data, 2)), NULL));
  }
}

static void clone_and_free(worker *self) {
  tsrt_model *const from[] = {shared.mlp, shared.counter, shared.lstm, shared.modes,
                              shared.attributes};
  tsrt_model *first = NULL, *second = NULL;
  CHECK_OK(tsrt_model_clone(from[draw(self, COUNT(from))], &first));
  CHECK_OK(tsrt_model_clone(first, &second));
  tsrt_model_free(first);
  CHECK_OK(tsrt_model_reset(second));
  tsrt_model_free(second);
}

static void load_and_free(worker *self) {
  char path[4096];
  snprintf(path, sizeof path, "%s/mlp.pt", models_folder);
  tsrt_model *model = NULL;
  char *note = NULL;
  size_t size = 0;
  CHECK_OK(tsrt_model_load(path, draw(self, 2) ? "threads=1" : NULL, &model));
  check_row(model, 16, expected.mlp, 4);
  CHECK_OK(tsrt_model_extra_file(model, "note.txt", &note, &size));
  CHECK(size == 3 && strcmp(note, "mlp") == 0);
  tsrt_string_free(note);
  tsrt_model_free(model);
}

static void fail_somehow(worker *self) {
  float data[3] = {1, 2, 3};
  int64_t n = 3;
  const tsrt_tensor x = view(data, float32, 1, &n);
  tsrt_model *model = NULL;
  switch (draw(self, 4)) {
    case 0:
      CHECK_FAILS(failing_forward(shared.mlp, &x, 1), TSRT_MODEL_ERROR, "float32[3]");
      break;
    case 1:
      CHECK_FAILS(failing_forward(shared.raises, &x, 1), TSRT_MODEL_ERROR, "sum is positive");
      break;
    case 2:
      run_fails(shared.lstm, "absent", NULL, NULL, TSRT_NOT_FOUND, "absent");
      break;
    default:
      CHECK_FAILS(tsrt_model_load("absent.pt", NULL, &model), TSRT_NOT_FOUND, "absent.pt");
  }
}

/* ---- all of it ---- */

static void (*const actions[])(worker *) = {
    forward_stateless, forward_stream, forward_counter,    run_quantized, pass_on_a_tensor,
    read_common_value, make_objects,   call_common_object, change_modes,  change_attributes,
    clone_and_free,    load_and_free,  fail_somehow,
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double deadline;

static void *work(void *argument) {
  worker *self = argument;
  while (now() < deadline) {
    /* Loading is slow and must not be all that happens. */
    const size_t chosen = draw(self, COUNT(actions));
    if (actions[chosen] == load_and_free && draw(self, 10)) continue;
    actions[chosen](self);
    ++self->calls;
  }
  return NULL;
}

static void prepare(void) {
  load_shared();
  common = TUPLE(new_int(1), new_string("text"), pair("key", new_int(7)));
  tally = run(shared.objects, "make", TUPLE(new_int(0)), NULL);
}

static void check_what_is_left(const worker *workers) {
  float out[8 * 6 * 6], counted = 0; /* exact up to 2^24 */
  int64_t added = 0;
  for (int i = 0; i < n_threads; ++i) {
    counted += (float)workers[i].counted;
    added += workers[i].added;
  }
  CHECK(value_holds(run(shared.counter, "state", NULL, NULL), 1, &counted));
  CHECK(int_in(attribute(tally, "total")) == added);
  CHECK_OK(tsrt_model_reset(shared.modes));
  image(shared.modes, out);
  CHECK(memcmp(out, expected.modes, sizeof out) == 0);
}

static void free_everything(worker *workers) {
  for (int i = 0; i < n_threads; ++i) tsrt_model_free(workers[i].stream);
  for (int i = 0; i < n_shelves; ++i) tsrt_managed_tensor_free(shelves[i]);
  tsrt_value_free(common);
  tsrt_value_free(tally);
  free_shared();
}

int main(int argc, char **argv) {
  begin(argc, argv);
  const char *seconds = getenv("TSRT_STRESS_SECONDS");
  pthread_t threads[n_threads];
  worker workers[n_threads] = {0};
  int64_t calls = 0;
  prepare();
  deadline = now() + (seconds ? atof(seconds) : 1);
  for (int i = 0; i < n_threads; ++i) {
    workers[i].random = (uint64_t)i + 1;
    CHECK_OK(tsrt_model_clone(shared.lstm, &workers[i].stream));
    CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
  }
  for (int i = 0; i < n_threads; ++i) {
    CHECK(pthread_join(threads[i], NULL) == 0);
    calls += workers[i].calls;
  }
  check_what_is_left(workers);
  free_everything(workers);
  printf("%lld\n", (long long)calls);
  return finish();
}
