#include "tensor/managed.h"

#include <ATen/DLConvertor.h>
#include <ATen/Functions.h>
#include <ATen/dlpack.h>
#include <c10/core/InferenceMode.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <optional>

#include "guard.h"
#include "listing.h"
#include "tensor/device.h"
#include "tensor/tensor.h"
#include "values/quantized.h"

// The public struct is DLPack's, field by field.
static_assert(sizeof(tsrt_managed_tensor) == sizeof(DLManagedTensorVersioned));
static_assert(offsetof(tsrt_managed_tensor, version) ==
              offsetof(DLManagedTensorVersioned, version));
static_assert(offsetof(tsrt_managed_tensor, manager_ctx) ==
              offsetof(DLManagedTensorVersioned, manager_ctx));
static_assert(offsetof(tsrt_managed_tensor, deleter) ==
              offsetof(DLManagedTensorVersioned, deleter));
static_assert(offsetof(tsrt_managed_tensor, flags) == offsetof(DLManagedTensorVersioned, flags));
static_assert(offsetof(tsrt_managed_tensor, tensor) ==
              offsetof(DLManagedTensorVersioned, dl_tensor));
static_assert(DLPACK_MAJOR_VERSION == 1);

namespace tsrt {
namespace {

constexpr size_t data_alignment = 64;  // what LibTorch gives, and the widest vectors want

// What is behind a handle. The memory belongs to a LibTorch tensor, or lies behind this very
// object; a handle that shares another one's keeps that one's object.
struct Managed {
  tsrt_managed_tensor handle;
  at::Tensor tensor;
  Managed* block = nullptr;
  std::atomic<int> users{1};                // this handle, and those that share its memory
  c10::SmallVector<int64_t, 10> dims;       // sizes, then strides
  int64_t bytes = 0;                        // that nothing but this object keeps
  std::optional<Listing<Managed>> listing;  // when a value or a model keeps them as well
};

void keeps(Managed* managed, size_t bytes) {
  managed->bytes = static_cast<int64_t>(bytes);
  count(Kind::tensor_bytes, managed->bytes);
}

// The last user need not tell others that it leaves: a load is a tenth of the price.
bool leave(Managed& managed) {
  return managed.users.load(std::memory_order_acquire) == 1 ||
         managed.users.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

void release(Managed* managed) {
  while (managed && leave(*managed)) {
    Managed* block = managed->block;
    count(Kind::tensor_bytes, -managed->bytes);
    managed->~Managed();
    ::operator delete(managed);
    managed = block;
  }
}

void free_managed(tsrt_managed_tensor* handle) {
  count(Kind::tensor, -1);
  release(static_cast<Managed*>(handle->manager_ctx));
}

// With room for `bytes` behind it.
Managed* allocate(size_t bytes) {
  auto* managed = new (::operator new(sizeof(Managed) + bytes)) Managed;
  count(Kind::tensor, 1);
  return managed;
}

// DLPack knows no quantized types: their memory is that of integers, and a flag tells.
DLDataType dtype_of(const at::Tensor& tensor) {
  if (!tensor.is_quantized()) return at::getDLDataType(tensor);
  const bool is_signed = tensor.scalar_type() != at::kQUInt8;
  const auto bits = static_cast<uint8_t>(8 * tensor.itemsize());
  return {static_cast<uint8_t>(is_signed ? kDLInt : kDLUInt), bits, 1};
}

Handle describe(Managed* managed, const at::Tensor& tensor, void* data) {
  const auto ndim = static_cast<int32_t>(tensor.dim());
  managed->handle.manager_ctx = managed;
  managed->handle.deleter = free_managed;
  Handle handle(&managed->handle);  // from here on it is freed if anything is thrown
  managed->dims.append(tensor.sizes().begin(), tensor.sizes().end());
  managed->dims.append(tensor.strides().begin(), tensor.strides().end());
  int64_t* dims = managed->dims.data();
  const DLDataType dtype = dtype_of(tensor);
  DLDevice device{kDLCPU, 0};
  if (!tensor.device().is_cpu()) device = at::torchDeviceToDLDevice(tensor.device());
  handle->version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION};
  handle->flags = tensor.is_quantized() ? TSRT_QUANTIZED : 0;
  handle->tensor = {data, {device.device_type, device.device_id},
                    ndim, {dtype.code, dtype.bits, dtype.lanes},
                    dims, dims + ndim,
                    0};
  return handle;
}

Handle copy_behind_handle(const at::Tensor& tensor) {
  const size_t bytes = tensor.nbytes();
  Managed* managed = allocate(bytes + data_alignment);
  const auto end = reinterpret_cast<uintptr_t>(managed + 1);
  void* data = reinterpret_cast<void*>((end + data_alignment - 1) & ~(data_alignment - 1));
  Handle handle = describe(managed, tensor, data);
  keeps(managed, bytes);
  if (bytes) std::memcpy(data, tensor.const_data_ptr(), bytes);
  return handle;
}

Handle share_again(const Managed& other) {
  Managed* managed = allocate(0);
  managed->block = other.block ? other.block : const_cast<Managed*>(&other);
  managed->block->users.fetch_add(1, std::memory_order_relaxed);
  managed->handle = other.handle;
  managed->handle.manager_ctx = managed;
  Handle handle(&managed->handle);
  managed->dims = other.dims;
  handle->tensor.shape = managed->dims.data();
  handle->tensor.strides = managed->dims.data() + handle->tensor.ndim;
  return handle;
}

const at::Tensor& quantized_behind(const tsrt_managed_tensor* tensor) {
  require(tensor, "tensor is NULL");
  require(tensor->deleter == free_managed && tensor->flags & TSRT_QUANTIZED,
          "the tensor is not a quantized one that a model returned");
  const auto* managed = static_cast<Managed*>(tensor->manager_ctx);
  return (managed->block ? managed->block : managed)->tensor;
}

}  // namespace

Handle share(at::Tensor tensor) {
  Managed* managed = allocate(0);
  Handle handle = describe(managed, tensor, tensor.mutable_data_ptr());
  const bool alone = tsrt::alone(tensor);
  managed->tensor = std::move(tensor);
  if (alone)
    keeps(managed, managed->tensor.storage().nbytes());
  else
    managed->listing.emplace(*managed);
  return handle;
}

int64_t bytes_of_handles(StorageSizes& shared) {
  Listing<Managed>::for_each([&](const Managed& managed) {
    const auto* storage = managed.tensor.storage().unsafeGetStorageImpl();
    shared.emplace(storage, storage->nbytes());
  });
  return sum_of(Kind::tensor_bytes);
}

Handle hand_over(at::Tensor tensor) {
  if (alone(tensor)) return share(std::move(tensor));
  const bool plain =
      tensor.device().is_cpu() && tensor.is_non_overlapping_and_dense() && !tensor.is_quantized();
  return plain ? copy_behind_handle(tensor) : share(duplicate(tensor));
}

}  // namespace tsrt

void tsrt_managed_tensor_free(tsrt_managed_tensor* tensor) {
  if (tensor && tensor->deleter) tensor->deleter(tensor);
}

tsrt_error* tsrt_managed_tensor_share(const tsrt_managed_tensor* tensor,
                                      tsrt_managed_tensor** shared) {
  return tsrt::guard([&] {
    tsrt::require(shared, "shared is NULL: give a place for the new handle");
    *shared = nullptr;
    tsrt::require(tensor, "tensor is NULL");
    tsrt::require(tensor->deleter == tsrt::free_managed,
                  "the tensor was not made by tsrt, so only its maker can share it");
    *shared = tsrt::share_again(*static_cast<tsrt::Managed*>(tensor->manager_ctx)).release();
  });
}

tsrt_error* tsrt_managed_tensor_quantization(const tsrt_managed_tensor* tensor,
                                             tsrt_managed_tensor** scales,
                                             tsrt_managed_tensor** zero_points, int32_t* axis) {
  return tsrt::guard([&] {
    if (scales) *scales = nullptr;
    if (zero_points) *zero_points = nullptr;
    if (axis) *axis = 0;
    tsrt::require(scales && zero_points && axis, "a place for a result is NULL");
    auto found = tsrt::quantization_of(tsrt::quantized_behind(tensor));
    tsrt::Handle first = tsrt::share(std::move(found.scales));
    *zero_points = tsrt::share(std::move(found.zero_points)).release();
    *scales = first.release();
    *axis = found.axis;
  });
}

tsrt_error* tsrt_managed_tensor_dequantize(const tsrt_managed_tensor* tensor,
                                           tsrt_managed_tensor** numbers) {
  return tsrt::guard([&] {
    tsrt::require(numbers, "numbers is NULL: give a place for the new tensor");
    *numbers = nullptr;
    *numbers = tsrt::share(tsrt::quantized_behind(tensor).dequantize()).release();
  });
}

tsrt_error* tsrt_tensor_copy(const tsrt_tensor* source, const char* device,
                             tsrt_managed_tensor** copy) {
  return tsrt::guard([&] {
    tsrt::require(copy, "copy is NULL: give a place for the new tensor");
    *copy = nullptr;
    tsrt::require(source, "source is NULL");
    const c10::InferenceMode inference;
    const c10::Device target = tsrt::parse_device(device);
    const at::Tensor tensor = tsrt::borrow(tsrt::layout_of(*source, {"tensor", 0}));
    at::Tensor result = at::empty(tensor.sizes(), tensor.options().device(target));
    result.copy_(tensor);
    tsrt::synchronize(tensor.device());
    tsrt::synchronize(target);
    *copy = tsrt::share(std::move(result)).release();
  });
}
