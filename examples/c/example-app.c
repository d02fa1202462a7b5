/* Loads a TorchScript model and runs it once: PyTorch's C++ tutorial, in C.
 *
 *     example-app model.pt
 */
#include <stdio.h>
#include <tsrt.h>

enum { n_values = 1 * 3 * 224 * 224, n_shown = 5 };

/* Says what went wrong, if something did; frees the error. */
static int failed(tsrt_error *error) {
  if (!error) return 0;
  fprintf(stderr, "example-app: %s\n", tsrt_error_message(error));
  tsrt_error_free(error);
  return 1;
}

/* Runs the model on ones and prints the first numbers of its answer. */
static int run(tsrt_model *model) {
  static float ones[n_values];
  for (int i = 0; i < n_values; ++i) ones[i] = 1;
  int64_t shape[4] = {1, 3, 224, 224};
  tsrt_tensor input = {ones, {TSRT_CPU, 0}, 4, TSRT_FLOAT32, shape, NULL, 0};

  /* tsrt makes the output, since its shape is not known ahead (tsrt_model_forward_into writes into
   * memory of the program's own). It need not be row-major; its copy is. */
  tsrt_managed_tensor *output = NULL, *row_major = NULL;
  size_t n_outputs = 0;
  if (failed(tsrt_model_forward(model, &input, 1, &output, 1, &n_outputs))) return 1;
  tsrt_error *error = tsrt_tensor_copy(&output->tensor, "cpu", &row_major);
  tsrt_managed_tensor_free(output);
  if (failed(error)) return 1;

  const tsrt_tensor *answer = &row_major->tensor;
  int64_t n = 1;
  for (int i = 0; i < answer->ndim; ++i) n *= answer->shape[i];
  const int is_float = answer->dtype.code == TSRT_FLOAT && answer->dtype.bits == 32;
  if (is_float) {
    const float *numbers = (const float *)((const char *)answer->data + answer->byte_offset);
    for (int i = 0; i < n_shown && i < n; ++i) printf("%s%.4f", i ? " " : "", numbers[i]);
    printf("\n");
  } else {
    fprintf(stderr, "example-app: the model's answer is not float32\n");
  }
  tsrt_managed_tensor_free(row_major);
  return !is_float;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: example-app model.pt\n");
    return 1;
  }
  tsrt_model *model = NULL;
  if (failed(tsrt_model_load(argv[1], NULL, &model))) return 1;
  printf("ok\n");
  const int status = run(model);
  tsrt_model_free(model);
  return status;
}
