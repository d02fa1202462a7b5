/* What is run again and again while memory fails. */
#ifndef OPERATION_H
#define OPERATION_H

#include "../c/check.h"

/* Goes to `out` with the first error; everything made up to then is freed there. */
#define TRY(call)               \
  do {                          \
    if ((e = (call))) goto out; \
  } while (0)

typedef struct {
  const char *name;
  tsrt_error *(*run)(void); /* checks its results itself, and frees them */
  void (*check)(void);      /* after each failure: is all as it was? May be NULL */
  int32_t fails_with;       /* the code without any injected failure */
} operation;

extern const operation load_operations[], forward_operations[], value_operations[],
    object_operations[], state_operations[], file_operations[], process_operations[];
/* Each list ends with a NULL name. Models are loaded once, before the sweep. */
void prepare_loads(const char *folder), prepare_forwards(const char *folder),
    prepare_values(const char *folder), prepare_objects(const char *folder),
    prepare_states(const char *folder), prepare_files(const char *folder),
    prepare_process(const char *folder);
void release_loads(void), release_forwards(void), release_values(void), release_objects(void),
    release_states(void), release_files(void), release_process(void);

#endif /* OPERATION_H */
