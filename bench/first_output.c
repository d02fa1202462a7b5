/* first_output.py in C with tsrt: loads one model, prints the first four numbers of its output, and
 * the process's memory.
 *   first_output_tsrt FILE SHAPE */
#include "first_output.h"

#include <stdint.h>
#include <stdlib.h>
#include <tsrt.h>

static int failed(tsrt_error *error) {
  if (!error) return 0;
  fprintf(stderr, "%s\n", tsrt_error_message(error));
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int64_t shape[8], numbers = 1;
  int32_t ndim = 0;
  for (char *at = argv[2]; *at && ndim < 8; at += *at == ',') {
    shape[ndim] = strtoll(at, &at, 10);
    numbers *= shape[ndim++];
  }
  float *data = malloc(sizeof *data * (size_t)numbers);
  if (!data) return 1;
  for (int64_t i = 0; i < numbers; ++i) data[i] = 0.5F;
  tsrt_tensor x = {data, {TSRT_CPU, 0}, ndim, TSRT_FLOAT32, shape, NULL, 0};
  tsrt_model *model = NULL;
  tsrt_managed_tensor *y = NULL;
  size_t n_outputs;
  if (failed(tsrt_model_load(argv[1], NULL, &model))) return 1;
  if (failed(tsrt_model_forward(model, &x, 1, &y, 1, &n_outputs))) return 1;
  print_output((const float *)((const char *)y->tensor.data + y->tensor.byte_offset));
  print_memory();
  return 0;
}
