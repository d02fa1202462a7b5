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

#define DOES_NOTHING_FOR_LIBTSRT(name, type)                         \
  int name(type *lock) {                                             \
    const uintptr_t caller = (uintptr_t)__builtin_return_address(0); \
    static int (*real)(type *);                                      \
    if (caller >= begin && caller < end) return 0;                   \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name);            \
    return real(lock);                                               \
  }

#if MUTANT == 1
DOES_NOTHING_FOR_LIBTSRT(pthread_rwlock_wrlock, pthread_rwlock_t)
DOES_NOTHING_FOR_LIBTSRT(pthread_rwlock_rdlock, pthread_rwlock_t)
DOES_NOTHING_FOR_LIBTSRT(pthread_rwlock_unlock, pthread_rwlock_t)
#else
DOES_NOTHING_FOR_LIBTSRT(pthread_mutex_lock, pthread_mutex_t)
DOES_NOTHING_FOR_LIBTSRT(pthread_mutex_unlock, pthread_mutex_t)
#endif
