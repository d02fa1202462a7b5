/* Tensor descriptors of any kind. Whether one is valid, and whether it lies in the memory that
 * there is, is found out here in 128 bits and by the header's words: an invalid one has to be
 * refused, a valid one taken, and what lies in the memory is read back. The memory ends where no
 * page follows, so that a read beyond it is seen in LibTorch, too. */
#define _DEFAULT_SOURCE /* mmap's MAP_ANONYMOUS */
#include <sys/mman.h>

#include "fuzz.h"

enum { PAGE = 4096, MOST_ELEMENTS = 1 << 16 };

static uint8_t *memory; /* one page between two that cannot be touched */
static tsrt_model *identity, *counter;
static int64_t handles;

static void prepare(void) {
  if (memory) return;
  memory = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  HOLDS(memory != MAP_FAILED);
  memory += PAGE;
  HOLDS(mprotect(memory, PAGE, PROT_READ | PROT_WRITE) == 0);
  for (int i = 0; i < PAGE; ++i) memory[i] = (uint8_t)(i * 7) & 1;
  identity = fuzz_model("identity");
  counter = fuzz_model("counter");
  handles = tsrt_live_handles();
}

/* Those of tsrt.h, with the size of an element; 0 ends them. */
static const struct {
  tsrt_dtype dtype;
  int size, alignment;
} dtypes[] = {{TSRT_FLOAT32, 4, 4},  {TSRT_FLOAT64, 8, 8},         {TSRT_FLOAT16, 2, 2},
              {TSRT_INT8, 1, 1},     {TSRT_INT16, 2, 2},           {TSRT_INT32, 4, 4},
              {TSRT_INT64, 8, 8},    {TSRT_UINT8, 1, 1},           {TSRT_BOOL8, 1, 1},
              {TSRT_BFLOAT16, 2, 2}, {{TSRT_COMPLEX, 64, 1}, 8, 4}};

typedef struct {
  tsrt_tensor tensor;
  int64_t shape[70], strides[70];
  int dtype; /* index of a known one, or -1 */
} descriptor;

static void take_descriptor(fuzz_input *in, descriptor *d) {
  memset(d, 0, sizeof *d);
  const uint8_t flags = take_byte(in);
  tsrt_tensor *t = &d->tensor;
  t->ndim = flags & 1 ? (int32_t)take_bytes(in, 4) : take_byte(in) % 8;
  const int n = t->ndim < 0 ? 0 : t->ndim > 70 ? 70 : t->ndim;
  for (int i = 0; i < n; ++i) d->shape[i] = take_number(in);
  for (int i = 0; i < n && (flags & 2); ++i) d->strides[i] = take_number(in);
  t->shape = flags & 4 ? NULL : d->shape;
  t->strides = flags & 2 ? d->strides : NULL;
  t->byte_offset = flags & 8 ? (uint64_t)take_number(in) : 0;
  t->data = flags & 16 ? NULL : memory + (flags & 32 ? take_bytes(in, 2) % PAGE : 0);
  t->device.type = flags & 64 ? (int32_t)take_number(in) : TSRT_CPU;
  d->dtype = flags & 128 ? -1 : take_byte(in) % (int)COUNT(dtypes);
  if (d->dtype >= 0) {
    t->dtype = dtypes[d->dtype].dtype;
  } else {
    t->dtype.code = take_byte(in);
    t->dtype.bits = take_byte(in);
    t->dtype.lanes = (uint16_t)take_bytes(in, 2);
  }
}

__extension__ typedef __int128 wide;
typedef enum { INVALID, VALID, READABLE } verdict;

/* By the rules in tsrt.h. `elements` is how many it has. */
static verdict judge(const descriptor *d, int64_t *elements) {
  const tsrt_tensor *t = &d->tensor;
  const wide limit = (wide)1 << 63;
  if (t->ndim < 0 || t->ndim > 64 || (t->ndim > 0 && !t->shape)) return INVALID;
  const int size = dtypes[d->dtype].size, alignment = dtypes[d->dtype].alignment;
  wide count = 1, row_major = 1, last = 0;
  bool empty = false;
  for (int i = t->ndim - 1; i >= 0; --i) {
    const int64_t n = t->shape[i];
    const wide stride = t->strides ? t->strides[i] : row_major;
    if (n < 0 || stride < 0) return INVALID;
    empty |= n == 0;
    count *= n ? n : 1;
    if (count >= limit || stride >= limit) return INVALID;
    last += (n ? n - 1 : 0) * stride;
    if (last >= limit) return INVALID;
    row_major *= n ? n : 1;
  }
  const wide bytes = (last + 1) * size;
  if (bytes >= limit) return INVALID;
  *elements = empty ? 0 : (int64_t)count;
  const wide begin = (wide)(uintptr_t)t->data + t->byte_offset;
  if (begin + (empty ? 0 : bytes) >= ((wide)1 << 64)) return INVALID;
  if (empty) return VALID;
  if (!t->data || begin % alignment) return INVALID;
  const wide room = (wide)(uintptr_t)memory + PAGE - begin;
  return begin >= (uintptr_t)memory && bytes <= room && count <= MOST_ELEMENTS ? READABLE : VALID;
}

/* The result is row-major: does each element have the bytes that the descriptor says? */
static void compare(const tsrt_tensor *in, const tsrt_tensor *out, int size) {
  int64_t index[64] = {0};
  const uint8_t *from = (const uint8_t *)in->data + in->byte_offset;
  const uint8_t *to = (const uint8_t *)out->data + out->byte_offset;
  HOLDS(in->ndim == out->ndim);
  for (bool more = true; more;) {
    int64_t a = 0, b = 0, row_major = 1;
    for (int i = in->ndim - 1; i >= 0; --i) {
      a += index[i] * (in->strides ? in->strides[i] : row_major);
      b += index[i] * out->strides[i];
      row_major *= in->shape[i];
      HOLDS(in->shape[i] == out->shape[i]);
    }
    HOLDS(memcmp(from + a * size, to + b * size, (size_t)size) == 0);
    more = false;
    for (int i = in->ndim - 1; i >= 0 && !more; --i) {
      more = ++index[i] < in->shape[i];
      if (!more) index[i] = 0;
    }
  }
}

static void check_copy(const tsrt_tensor *in, int size) {
  tsrt_managed_tensor *copy = NULL;
  HOLDS(!failed(tsrt_tensor_copy(in, "cpu", &copy)) && copy);
  compare(in, &copy->tensor, size);
  tsrt_managed_tensor_free(copy);
}

static void check_forward(tsrt_model *model, const tsrt_tensor *in, size_t n, int size) {
  tsrt_managed_tensor *out = NULL;
  size_t n_out = 0;
  if (failed(tsrt_model_forward(model, in, n, &out, 1, &n_out))) {
    HOLDS(n_out == 0 && !out);
    return;
  }
  HOLDS(n_out == 1 && out);
  if (size) compare(in, &out->tensor, size);
  tsrt_managed_tensor_free(out);
}

/* Into memory that the descriptor describes: overlapping elements have to be refused. */
static void check_into(const tsrt_tensor *in) {
  static uint8_t kept[PAGE];
  memcpy(kept, memory, PAGE);
  failed(tsrt_model_forward_into(identity, in, 1, in, 1));
  failed(tsrt_model_forward_into(counter, in, 1, in, 1));
  memcpy(memory, kept, PAGE);
}

static void check_quantized(fuzz_input *in, const tsrt_tensor *integers) {
  descriptor scales, zero_points;
  take_descriptor(in, &scales);
  take_descriptor(in, &zero_points);
  int64_t n = 0;
  if (scales.dtype < 0 || zero_points.dtype < 0 || judge(&scales, &n) != READABLE ||
      judge(&zero_points, &n) != READABLE)
    return;
  tsrt_value *value = NULL;
  const int32_t axis = (int32_t)take_number(in);
  if (failed(tsrt_value_new_quantized(integers, &scales.tensor, &zero_points.tensor, axis, &value)))
    HOLDS(!value);
  tsrt_value_free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  prepare();
  fuzz_input in = {data, size};
  descriptor d;
  take_descriptor(&in, &d);
  const tsrt_tensor *t = &d.tensor;
  tsrt_value *value = NULL;
  const bool refused = failed(tsrt_value_new_tensor(t, &value)); /* looks at no memory */
  HOLDS(refused == !value);
  tsrt_value_free(value);
  int64_t elements = 0;
  if (d.dtype >= 0 && t->device.type == TSRT_CPU) {
    const verdict is = judge(&d, &elements);
    HOLDS(refused == (is == INVALID));
    if (is == READABLE) {
      const int bytes = dtypes[d.dtype].size;
      check_copy(t, bytes);
      check_forward(identity, t, 1, bytes);
      check_forward(counter, t, 1, 0);
      check_into(t);
      check_quantized(&in, t);
    }
  }
  if (refused) check_forward(identity, t, 1, 0);
  HOLDS(tsrt_live_handles() == handles);
  return 0;
}
