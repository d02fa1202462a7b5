/* The models of the stress test, short ways to call them, and what a single thread gets. */
#ifndef STRESS_H
#define STRESS_H

#include "calls.h"

enum { n_steps = 12 };

static struct {
  tsrt_model *mlp, *counter, *lstm, *modes, *attributes, *objects, *forks, *gradient, *quantized,
      *raises;
} shared;

static struct {
  float mlp[4], forks[3], gradient[3], modes[8 * 6 * 6];
  float lstm[n_steps][8];
} expected;

static inline tsrt_error *call_into(tsrt_model *model, tsrt_tensor x, tsrt_tensor y) {
  return tsrt_model_forward_into(model, &x, 1, &y, 1);
}

static inline void row(tsrt_model *model, int64_t n_in, float *out, int64_t n_out) {
  float data[16];
  for (int i = 0; i < 16; ++i) data[i] = (float)(i + 1) / 16;
  CHECK_OK(call_into(model, view(data, float32, 1, &n_in), view(out, float32, 1, &n_out)));
}

static inline void check_row(tsrt_model *model, int64_t n_in, const float *wanted, int64_t n_out) {
  float out[8] = {0};
  row(model, n_in, out, n_out);
  CHECK(memcmp(out, wanted, (size_t)n_out * sizeof *out) == 0);
}

static inline void lstm_step(tsrt_model *model, int step, float *out) {
  float data[4] = {(float)step, 1, -1, 0.5f};
  int64_t in[2] = {1, 4}, eight[2] = {1, 8};
  CHECK_OK(call_into(model, view(data, float32, 2, in), view(out, float32, 2, eight)));
}

static inline void image(tsrt_model *model, float *out) {
  float data[3 * 8 * 8];
  int64_t in[4] = {1, 3, 8, 8}, size[4] = {1, 8, 6, 6};
  for (size_t i = 0; i < COUNT(data); ++i) data[i] = (float)i / COUNT(data);
  CHECK_OK(call_into(model, view(data, float32, 4, in), view(out, float32, 4, size)));
}

static inline void load_shared(void) {
  shared.mlp = load("mlp");
  shared.counter = load("counter");
  shared.lstm = load("lstm_state");
  shared.modes = load("batch_norm_eval");
  shared.attributes = load("attributes");
  shared.objects = load("objects");
  shared.forks = load("forks");
  shared.gradient = load("force_field");
  shared.quantized = load("quantized");
  shared.raises = load("raises");
  row(shared.mlp, 16, expected.mlp, 4);
  row(shared.forks, 3, expected.forks, 3);
  row(shared.gradient, 3, expected.gradient, 3);
  image(shared.modes, expected.modes);
  tsrt_model *stream = NULL;
  CHECK_OK(tsrt_model_clone(shared.lstm, &stream));
  for (int i = 0; i < n_steps; ++i) lstm_step(stream, i, expected.lstm[i]);
  tsrt_model_free(stream);
}

static inline void free_shared(void) {
  tsrt_model **models = (tsrt_model **)&shared;
  for (size_t i = 0; i < sizeof shared / sizeof *models; ++i) tsrt_model_free(models[i]);
}

#endif /* STRESS_H */
