/* Linked into a test program, this makes one kind of lock in libtsrt do nothing: what MUTANT names.
 * `make tsan` has to notice. Others' locks work as ever. */
#define _GNU_SOURCE /* for RTLD_NEXT */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <string.h>

static uintptr_t begin = UINTPTR_MAX, end; /* where libtsrt lies */

static int find(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size, (void)unused;
  if (!strstr(info->dlpi_name, "libtsrt")) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const uintptr_t first = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    const uintptr_t last = first + info->dlpi_phdr[i].p_memsz;
    if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
    if (first < begin) begin = first;
    if (last > end) end = last;
  }
  return 1;
}

__attribute__((constructor)) static void find_libtsrt(void) {
  dl_iterate_phdr(find, NULL);
}

/* What libtsrt believes to hold on this thread. Where the call to unlock comes from does not tell:
 * a function of LibTorch's may end with it, and then it seems to come from that one's caller. */
static __thread void *held[64];

static int from_libtsrt(uintptr_t caller, void *lock) {
  if (caller < begin || caller >= end) return 0;
  for (int i = 0; i < 64; ++i) {
    if (held[i]) continue;
    held[i] = lock;
    return 1;
  }
  return 0;
}

static int was_from_libtsrt(void *lock) {
  for (int i = 0; i < 64; ++i) {
    if (held[i] != lock) continue;
    held[i] = NULL;
    return 1;
  }
  return 0;
}

#define REAL(name, ...)            \
  static int (*real)(__VA_ARGS__); \
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name)

#define LOCKS(name, type)                                                     \
  int name(type *lock) {                                                      \
    if (from_libtsrt((uintptr_t)__builtin_return_address(0), lock)) return 0; \
    REAL(name, type *);                                                       \
    return real(lock);                                                        \
  }
#define LOCKS_IN_TIME(name, type)                                             \
  int name(type *lock, const struct timespec *end_of_wait) {                  \
    if (from_libtsrt((uintptr_t)__builtin_return_address(0), lock)) return 0; \
    REAL(name, type *, const struct timespec *);                              \
    return real(lock, end_of_wait);                                           \
  }
#define UNLOCKS(name, type)               \
  int name(type *lock) {                  \
    if (was_from_libtsrt(lock)) return 0; \
    REAL(name, type *);                   \
    return real(lock);                    \
  }

#if MUTANT == 1
LOCKS(pthread_rwlock_wrlock, pthread_rwlock_t)
LOCKS(pthread_rwlock_rdlock, pthread_rwlock_t)
LOCKS(pthread_rwlock_trywrlock, pthread_rwlock_t)
LOCKS(pthread_rwlock_tryrdlock, pthread_rwlock_t)
LOCKS_IN_TIME(pthread_rwlock_timedwrlock, pthread_rwlock_t)
LOCKS_IN_TIME(pthread_rwlock_timedrdlock, pthread_rwlock_t)
UNLOCKS(pthread_rwlock_unlock, pthread_rwlock_t)
#else
LOCKS(pthread_mutex_lock, pthread_mutex_t)
LOCKS(pthread_mutex_trylock, pthread_mutex_t)
LOCKS_IN_TIME(pthread_mutex_timedlock, pthread_mutex_t)
UNLOCKS(pthread_mutex_unlock, pthread_mutex_t)
#endif
