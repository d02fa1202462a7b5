/* The structs of tsrt.h lie as they must: as DLPack's, and as every client was compiled. */
#include <stddef.h>
#include <tsrt.h>

#define AT(type, field, offset) \
  _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has another size")

SIZE(tsrt_dtype, 4);
AT(tsrt_dtype, code, 0);
AT(tsrt_dtype, bits, 1);
AT(tsrt_dtype, lanes, 2);

SIZE(tsrt_device, 8);
AT(tsrt_device, type, 0);
AT(tsrt_device, id, 4);

SIZE(tsrt_tensor, 48);
AT(tsrt_tensor, data, 0);
AT(tsrt_tensor, device, 8);
AT(tsrt_tensor, ndim, 16);
AT(tsrt_tensor, dtype, 20);
AT(tsrt_tensor, shape, 24);
AT(tsrt_tensor, strides, 32);
AT(tsrt_tensor, byte_offset, 40);

SIZE(tsrt_managed_tensor, 80);
AT(tsrt_managed_tensor, version, 0);
AT(tsrt_managed_tensor, manager_ctx, 8);
AT(tsrt_managed_tensor, deleter, 16);
AT(tsrt_managed_tensor, flags, 24);
AT(tsrt_managed_tensor, tensor, 32);

int main(void) {
  return 0;
}
