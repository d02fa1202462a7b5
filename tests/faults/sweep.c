/* Out of memory as a routine: in each operation the first allocation fails, then the second, and so
 * on until none is left to fail; then the same with all that follow it failing, too. Each time the
 * answer has to be an error that says so, nothing may be lost, and everything has to work as
 * before.
 *
 *   LD_PRELOAD=libinject.so sweep MODELS STRIDE [tsrt|all|tensors [SIZE [NAME]]]
 *
 * STRIDE 1 tries every allocation. By default those of libtsrt fail, with "all" LibTorch's as well,
 * with "tensors" only the memory of tensors; those smaller than SIZE are let through. NAME: only
 * this operation. */
#include <dlfcn.h>
#include <stdint.h>
#include <unistd.h>

#include "operation.h"

static void (*inject_arm)(long n, int forever, int who, size_t size);
static long (*inject_disarm)(void);
static long (*inject_distinct)(void);
static long (*inject_live)(void);
static uintptr_t (*inject_last_site)(void);

static long stride = 1, failures = 0, absorbed = 0, findings = 0;
static int who = 0;
static int32_t last_code = 0;
static size_t least = 0;
static const char *only = NULL;

static void *find(const char *name) {
  void *found = dlsym(RTLD_DEFAULT, name);
  if (!found) fprintf(stderr, "%s is missing: run with LD_PRELOAD=libinject.so\n", name);
  if (!found) exit(2);
  return found;
}

/* POSIX makes function pointers out of dlsym's result in this way. */
#define FIND(function) *(void **)&(function) = find(#function)

static const char *place(void) {
  static char text[256];
  Dl_info info;
  const uintptr_t site = inject_last_site();
  const bool known = dladdr((void *)site, &info);
  const uintptr_t base = known ? (uintptr_t)info.dli_fbase : 0;
  snprintf(text, sizeof text, "%s+0x%lx", known ? info.dli_fname : "?", (long)(site - base));
  return text;
}

/* One attempt. Returns whether anything failed in it. */
static bool attempt(const operation *op, long n, int forever) {
  inject_arm(n, forever, who, least);
  tsrt_error *error = op->run();
  const long failed = inject_disarm();
  const int32_t code = last_code = tsrt_error_code(error);
  const bool good =
      failed ? code == TSRT_OUT_OF_MEMORY || code == op->fails_with : code == op->fails_with;
  if (!good) {
    fprintf(stderr, "%s: allocation %ld%s (%s): code %d, %s\n", op->name, n,
            forever ? " and all after it" : "", place(), (int)code, tsrt_error_message(error));
    ++findings;
  }
  failures += failed;
  absorbed += failed && code == op->fails_with;
  tsrt_error_free(error);
  return failed > 0;
}

/* What is kept after the first failure may be LibTorch's caches; not what is kept each time. */
static void check_leaks(const operation *op, long n, int forever) {
  long kept = 0;
  for (int i = 0; i < 4; ++i) {
    const long before = inject_live();
    attempt(op, n, forever);
    if (op->check) op->check();
    kept = inject_live() - before;
    if (kept <= 0) return;
  }
  fprintf(stderr, "%s: allocation %ld%s (%s): %ld blocks are lost\n", op->name, n,
          forever ? " and all after it" : "", place(), kept);
  ++findings;
}

/* The lowest number that is free: none stays open. */
static int next_descriptor(void) {
  const int fd = dup(2);
  close(fd);
  return fd;
}

static long sweep_one(const operation *op, int forever) {
  long n = 1;
  for (;; n += stride) {
    const int64_t handles = tsrt_live_handles();
    const long before = inject_live();
    const int descriptor = next_descriptor();
    const bool failed = attempt(op, n, forever);
    CHECK(next_descriptor() == descriptor);
    if (op->check) op->check();
    CHECK(tsrt_live_handles() == handles);
    if (!failed) return n - 1;
    /* What came about in spite of it may stay, such as a library. LibTorch's reader of archives
     * loses four blocks when there is no memory for the first two records that it reads. */
    const bool known =
        last_code == op->fails_with || (who != 0 && strncmp(op->name, "load", 4) == 0);
    if (!known && inject_live() > before) check_leaks(op, n, forever);
  }
}

static void sweep(const operation *operations) {
  for (const operation *op = operations; op->name; ++op) {
    if (only && strcmp(op->name, only) != 0) continue;
    for (int i = 0; i < 2; ++i) { /* what is made once is made now */
      tsrt_error *error = op->run();
      if (tsrt_error_code(error) != op->fails_with) check_ok(error, op->name, __FILE__, __LINE__);
      CHECK(tsrt_error_code(error) == op->fails_with);
      tsrt_error_free(error);
    }
    const long sites = sweep_one(op, 0);
    sweep_one(op, 1);
    printf("%-28s %6ld\n", op->name, sites);
    fflush(stdout);
  }
}

int main(int argc, char **argv) {
  CHECK(argc >= 3);
  begin(2, argv);
  stride = atol(argv[2]);
  const char *scope = argc > 3 ? argv[3] : "tsrt";
  who = strcmp(scope, "all") == 0 ? 1 : strcmp(scope, "tensors") == 0 ? 2 : 0;
  least = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
  only = argc > 5 ? argv[5] : NULL;
  FIND(inject_arm);
  FIND(inject_disarm);
  FIND(inject_distinct);
  FIND(inject_live);
  FIND(inject_last_site);
#define SWEEP(topic, plural) \
  prepare_##plural(argv[1]); \
  sweep(topic##_operations); \
  release_##plural()
  SWEEP(load, loads);
  SWEEP(forward, forwards);
  SWEEP(value, values);
  SWEEP(object, objects);
  SWEEP(state, states);
  SWEEP(file, files);
  SWEEP(process, process);
  printf("%ld failures injected at %ld places, %ld of them without effect\n", failures,
         inject_distinct(), absorbed);
  finish();
  return findings > 0;
}
