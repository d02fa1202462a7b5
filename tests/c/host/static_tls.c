/* A library that takes static TLS as it is mapped, as some hosts do with many of theirs. */
#ifndef SIZE
#define SIZE 1024
#endif
static __thread char taken[SIZE] __attribute__((tls_model("initial-exec")));

char *static_tls(void) {
  return taken;
}
