/* What each native rung exports; rungs.py calls it through ctypes. A rung lives until the process
 * ends. */
#ifndef RUNG_H
#define RUNG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Loads a model, for float32 inputs of this shape. `data` and `shape` have to outlive the rung.
 * NULL after a failure, which is printed. */
void *rung_new(const char *path, float *data, int64_t *shape, int32_t ndim);

/* Calls forward this often, one after the other. 0, or -1 after a failure, which is printed. */
int rung_run(void *rung, int64_t calls);

/* Copies the last output, at most `capacity` elements; returns how many elements it has. */
int64_t rung_output(const void *rung, float *copy, int64_t capacity);

#ifdef __cplusplus
}
#endif

#endif /* RUNG_H */
