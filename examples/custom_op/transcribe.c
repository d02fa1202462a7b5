/* Runs a model that needs a library of operators.
 *
 *     transcribe build/libctc.so model.pt
 */
#include <math.h>
#include <stdio.h>
#include <tsrt.h>

enum { n_frames = 25, n_features = 8 };

/* Says what went wrong, if something did; frees the error. */
static int failed(tsrt_error *error) {
  if (!error) return 0;
  fprintf(stderr, "transcribe: %s\n", tsrt_error_message(error));
  tsrt_error_free(error);
  return 1;
}

/* Calls model.transcribe(frames), which returns a string. */
static tsrt_error *print_text(tsrt_model *model, const tsrt_tensor *frames) {
  tsrt_value *tensor = NULL, *args = NULL, *result = NULL;
  const char *text = NULL;
  size_t size = 0;
  tsrt_error *e = tsrt_value_new_tensor(frames, &tensor);
  const tsrt_value *items[1] = {tensor};
  if (!e) e = tsrt_value_new_tuple(items, 1, &args);
  if (!e) e = tsrt_model_run(model, "transcribe", args, NULL, &result);
  if (!e) e = tsrt_value_get_string(result, &text, &size);
  if (!e) printf("%.*s\n", (int)size, text);
  tsrt_value_free(result);
  tsrt_value_free(args);
  tsrt_value_free(tensor);
  return e;
}

static tsrt_error *print_labels(tsrt_model *model, const tsrt_tensor *frames) {
  tsrt_managed_tensor *outputs[2] = {NULL, NULL};
  size_t n = 0;
  tsrt_error *e = tsrt_model_forward(model, frames, 1, outputs, 2, &n);
  if (e) return e;
  const int64_t *labels = outputs[0]->tensor.data;
  const float *begins = outputs[1]->tensor.data;
  const int64_t count = outputs[0]->tensor.shape[0];
  for (int64_t i = 0; i < count; ++i) printf("%s%lld", i ? " " : "", (long long)labels[i]);
  printf("\n");
  for (int64_t i = 0; i < count; ++i) printf("%s%.4f", i ? " " : "", begins[i]);
  printf("\n");
  for (size_t i = 0; i < n; ++i) tsrt_managed_tensor_free(outputs[i]);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: transcribe library.so model.pt\n");
    return 1;
  }
  static float data[n_frames * n_features];
  for (int i = 0; i < n_frames * n_features; ++i) data[i] = (float)sin(i);
  int64_t shape[2] = {n_frames, n_features};
  const tsrt_tensor frames = {data, {TSRT_CPU, 0}, 2, TSRT_FLOAT32, shape, NULL, 0};

  tsrt_model *model = NULL;
  tsrt_error *e = tsrt_load_library(argv[1]);
  if (!e) e = tsrt_model_load(argv[2], NULL, &model);
  if (!e) e = print_text(model, &frames);
  if (!e) e = print_labels(model, &frames);
  tsrt_model_free(model);
  return failed(e);
}
