/* Gives the files that it is called with to a target, one by one: inputs that broke it once. */
#include "fuzz.h"

static void replay(const char *path) {
  FILE *file = fopen(path, "rb");
  HOLDS(file && fseek(file, 0, SEEK_END) == 0);
  const long size = ftell(file);
  uint8_t *data = malloc((size_t)size + 1);
  HOLDS(data && size >= 0 && fseek(file, 0, SEEK_SET) == 0);
  HOLDS(fread(data, 1, (size_t)size, file) == (size_t)size);
  fclose(file);
  LLVMFuzzerTestOneInput(data, (size_t)size);
  free(data);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    fprintf(stderr, "%s\n", argv[i]); /* the last line says which one it was */
    replay(argv[i]);
  }
  return 0;
}
