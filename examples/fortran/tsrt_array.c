/* What a Fortran array is, as a tensor, and the other way round: the part of the binding that
 * needs the compiler's array descriptors, which the standard gives to C alone. Works for arrays of
 * any rank, contiguous or not; nothing is copied. */
#include <ISO_Fortran_binding.h>
#include <stdbool.h>
#include <tsrt.h>

/* type(tsrt_tensor) of tsrt_tensors.f90. */
struct view {
  tsrt_tensor tensor;
  int64_t shape[CFI_MAX_RANK], strides[CFI_MAX_RANK];
  int32_t row_major, problem;
};
enum { no_problem, not_allocated, negative_stride, odd_stride };

static const struct {
  CFI_type_t fortran;
  tsrt_dtype tsrt;
} types[] = {
    {CFI_type_float, TSRT_FLOAT32},
    {CFI_type_double, TSRT_FLOAT64},
    {CFI_type_int8_t, TSRT_INT8},
    {CFI_type_int32_t, TSRT_INT32},
    {CFI_type_int64_t, TSRT_INT64},
    {CFI_type_Bool, TSRT_BOOL8},
    {CFI_type_float_Complex, {TSRT_COMPLEX, 64, 1}},
    {CFI_type_double_Complex, {TSRT_COMPLEX, 128, 1}},
};
enum { n_types = sizeof types / sizeof *types };

static tsrt_dtype dtype_of(CFI_type_t type) {
  for (int i = 0; i < n_types; ++i)
    if (types[i].fortran == type) return types[i].tsrt;
  return (tsrt_dtype){0, 0, 0}; /* which tsrt refuses */
}

/* array(i,j) becomes the tensor's [i,j]: the array's shape, with strides that say where each
 * element is in Fortran's order of memory. */
void tsrt_fortran_view(const CFI_cdesc_t *array, struct view *view) {
  view->tensor = (tsrt_tensor){.data = array->base_addr,
                               .device = {TSRT_CPU, 0},
                               .ndim = array->rank,
                               .dtype = dtype_of(array->type)};
  view->row_major = true;
  view->problem = no_problem;
  const CFI_index_t size = (CFI_index_t)array->elem_len;
  CFI_index_t n = 1;
  for (int i = array->rank - 1; i >= 0; --i) {
    const CFI_index_t extent = array->dim[i].extent, step = array->dim[i].sm;
    view->shape[i] = extent;
    view->strides[i] = extent > 1 ? step / size : 1;
    if (extent > 1 && step < 0) view->problem = negative_stride;
    if (extent > 1 && step % size) view->problem = odd_stride;
    if (extent > 1 && step != n * size) view->row_major = false;
    n *= extent;
  }
  if (n && !array->base_addr) view->problem = not_allocated;
}

static bool fits(const tsrt_tensor *tensor, const CFI_cdesc_t *pointer) {
  const tsrt_dtype want = dtype_of(pointer->type), is = tensor->dtype;
  const bool bytes = want.code == TSRT_INT && is.code == TSRT_UINT; /* Fortran has no unsigned */
  return (is.code == want.code || bytes) && is.bits == want.bits && tensor->ndim == pointer->rank &&
         (tensor->device.type == TSRT_CPU || tensor->device.type == TSRT_CUDA_HOST);
}

/* Points the pointer at the tensor's memory, pointer(i,j) at [i,j]. False when type or rank are
 * others. The standard has no function that makes a descriptor with steps like these, so it is set
 * by hand. */
bool tsrt_fortran_point(const tsrt_managed_tensor *owner, CFI_cdesc_t *pointer) {
  if (!owner || !fits(&owner->tensor, pointer)) return false;
  const tsrt_tensor *tensor = &owner->tensor;
  static char nothing; /* a pointer to NULL would not be associated */
  pointer->base_addr = tensor->data ? (char *)tensor->data + tensor->byte_offset : &nothing;
  const CFI_index_t size = (CFI_index_t)pointer->elem_len;
  CFI_index_t step = size;
  for (int i = tensor->ndim - 1; i >= 0; --i) {
    pointer->dim[i].lower_bound = 1;
    pointer->dim[i].extent = tensor->shape[i];
    pointer->dim[i].sm = tensor->strides ? tensor->strides[i] * size : step;
    step *= tensor->shape[i];
  }
  return true;
}
