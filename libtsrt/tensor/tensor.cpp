#include "tensor/tensor.h"

#include <ATen/DLConvertor.h>
#include <ATen/Functions.h>
#include <ATen/MemoryOverlap.h>
#include <ATen/dlpack.h>
#include <c10/core/TensorOptions.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <optional>

#include "guard.h"
#include "tensor/device.h"
#include "tensor/spares.h"
#include "values/quantized.h"

// The public structs are DLPack's, field by field.
static_assert(sizeof(tsrt_dtype) == sizeof(DLDataType));
static_assert(sizeof(tsrt_device) == sizeof(DLDevice));
static_assert(sizeof(tsrt_tensor) == sizeof(DLTensor));
static_assert(offsetof(tsrt_tensor, data) == offsetof(DLTensor, data));
static_assert(offsetof(tsrt_tensor, device) == offsetof(DLTensor, device));
static_assert(offsetof(tsrt_tensor, ndim) == offsetof(DLTensor, ndim));
static_assert(offsetof(tsrt_tensor, dtype) == offsetof(DLTensor, dtype));
static_assert(offsetof(tsrt_tensor, shape) == offsetof(DLTensor, shape));
static_assert(offsetof(tsrt_tensor, strides) == offsetof(DLTensor, strides));
static_assert(offsetof(tsrt_tensor, byte_offset) == offsetof(DLTensor, byte_offset));
template <class Ours, class Theirs>
constexpr bool same(Ours ours, Theirs theirs) {
  return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(same(TSRT_CPU, kDLCPU) && same(TSRT_CUDA, kDLCUDA));
static_assert(same(TSRT_CUDA_HOST, kDLCUDAHost));
static_assert(same(TSRT_ROCM, kDLROCM) && same(TSRT_ONEAPI, kDLOneAPI));
static_assert(same(TSRT_INT, kDLInt) && same(TSRT_UINT, kDLUInt) && same(TSRT_FLOAT, kDLFloat));
static_assert(same(TSRT_BFLOAT, kDLBfloat) && same(TSRT_COMPLEX, kDLComplex));
static_assert(same(TSRT_BOOL, kDLBool));
static_assert(same(TSRT_FLOAT8_E4M3FN, kDLFloat8_e4m3fn));
static_assert(same(TSRT_FLOAT8_E4M3FNUZ, kDLFloat8_e4m3fnuz));
static_assert(same(TSRT_FLOAT8_E5M2, kDLFloat8_e5m2));
static_assert(same(TSRT_FLOAT8_E5M2FNUZ, kDLFloat8_e5m2fnuz));
static_assert(same(TSRT_FLOAT8_E8M0FNU, kDLFloat8_e8m0fnu));

namespace tsrt {
namespace {

constexpr int max_dims = 64;

// Row-major strides where the caller gave none.
Strides strides_of(const tsrt_tensor& t, const Label& label) {
  Strides strides(t.ndim);
  if (t.strides) {
    std::memcpy(strides.data(), t.strides, t.ndim * sizeof(int64_t));
    for (int i = 0; i < t.ndim; ++i)
      require(strides[i] >= 0, label, " has stride ", strides[i], " in dimension ", i,
              ": LibTorch takes no negative strides, copy the array first");
    return strides;
  }
  int64_t step = 1;
  for (int i = t.ndim; i-- > 0;) {
    strides[i] = step;
    if (__builtin_mul_overflow(step, std::max<int64_t>(t.shape[i], 1), &step))
      fail(TSRT_INVALID_ARGUMENT, label, " has more elements than fit into 63 bits");
  }
  return strides;
}

// The bytes from the first element to the end of the last one.
int64_t byte_span(const tsrt_tensor& t, c10::IntArrayRef strides, int64_t itemsize,
                  const Label& label) {
  int64_t last = 0;
  int64_t count = 1;
  bool empty = false;
  bool overflow = false;
  for (int i = 0; i < t.ndim; ++i) {
    require(t.shape[i] >= 0, label, " has size ", t.shape[i], " in dimension ", i,
            ": sizes are 0 or more");
    empty |= t.shape[i] == 0;
    int64_t step = 0;
    overflow |= __builtin_mul_overflow(count, std::max<int64_t>(t.shape[i], 1), &count);
    overflow |= __builtin_mul_overflow(std::max<int64_t>(t.shape[i], 1) - 1, strides[i], &step);
    overflow |= __builtin_add_overflow(last, step, &last);
  }
  int64_t bytes = 0;
  overflow |= __builtin_add_overflow(last, 1, &last);
  overflow |= __builtin_mul_overflow(last, itemsize, &bytes);
  require(!overflow, label, " reaches over more bytes than fit into 63 bits");
  return empty ? 0 : bytes;
}

at::Tensor wrap(void* data, int64_t bytes, at::ScalarType type, c10::Device device,
                c10::IntArrayRef sizes, c10::IntArrayRef strides) {
  if (at::Tensor spare = take_spare(type, device); spare.defined()) {
    auto* impl = spare.unsafeGetTensorImpl();
    auto* storage = spare.storage().unsafeGetStorageImpl();
    storage->set_data_ptr_noswap(c10::DataPtr(data, device));
    storage->set_nbytes(bytes);
    if (impl->sizes() != sizes || impl->strides() != strides)
      impl->set_sizes_and_strides(sizes, strides);
    return spare;
  }
  c10::Storage storage(c10::Storage::use_byte_size_t(), bytes, c10::DataPtr(data, device),
                       /*allocator=*/nullptr, /*resizable=*/false);
  auto tensor = at::detail::make_tensor<c10::TensorImpl>(
      std::move(storage), c10::DispatchKeySet(c10::computeDispatchKey(type, std::nullopt, device)),
      c10::scalarTypeToTypeMeta(type));
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(sizes, strides);
  return tensor;
}

// The memory alone, without going through the dispatcher: this is on the path of every small
// output that aliases something.
at::Tensor duplicate_dense(const at::Tensor& tensor) {
  auto* allocator = c10::GetAllocator(c10::kCPU);
  const size_t bytes = tensor.nbytes();
  c10::Storage storage(c10::Storage::use_byte_size_t(), bytes, allocator->allocate(bytes),
                       allocator, /*resizable=*/true);
  if (bytes) std::memcpy(storage.mutable_data(), tensor.const_data_ptr(), bytes);
  auto copy = at::detail::make_tensor<c10::TensorImpl>(
      std::move(storage), c10::DispatchKeySet(c10::DispatchKey::CPU), tensor.dtype());
  copy.unsafeGetTensorImpl()->set_sizes_and_strides(tensor.sizes(), tensor.strides());
  return copy;
}

// From now on whoever looks at the storage gets an error.
void cut_off(c10::StorageImpl& storage) noexcept {
  storage.set_data_ptr_noswap(c10::DataPtr(nullptr, storage.device()));
  storage.set_throw_on_mutable_data_ptr();
  try {
    storage.release_data_and_set_meta_custom_data_ptr_error_msg_(std::nullopt);
  } catch (const std::bad_alloc&) {
    // There is no memory for a text, and by then the mark is set.
  }
}

// Gives a storage over the caller's memory some of its own; when there is none it is cut off.
bool copy_in_place(c10::StorageImpl& storage) noexcept {
  try {
    auto* allocator = c10::GetAllocator(storage.device_type());
    storage.set_data_ptr_noswap(allocator->clone(storage.data(), storage.nbytes()));
    return true;
  } catch (...) {
    cut_off(storage);
    return false;
  }
}

at::Tensor dense(at::Tensor tensor, const Label& label) {
  const auto refuse = [&](const char* what, const char* cure) {
    fail(TSRT_UNSUPPORTED, label, " is a ", what, ", which has no plain memory: ", cure);
  };
  if (tensor.is_quantized() && !is_affine(tensor))
    refuse("quantized tensor of a rare kind", "return x.dequantize() from the model");
  if (tensor.is_meta()) refuse("meta tensor", "run the model on a real device");
  if (tensor.is_nested()) refuse("nested tensor", "return x.to_padded_tensor(0.0)");
  if (tensor.layout() != c10::kStrided) refuse("sparse tensor", "return x.to_dense()");
  if (tensor.is_conj()) tensor = tensor.resolve_conj();
  if (tensor.is_neg()) tensor = tensor.resolve_neg();
  return tensor;
}

}  // namespace

at::ScalarType scalar_type(const tsrt_dtype& dtype, const Label& label) {
  DLDataType dl;
  std::memcpy(&dl, &dtype, sizeof dl);
  try {
    return at::toScalarType(dl);
  } catch (const c10::Error&) {
    fail(TSRT_INVALID_ARGUMENT, label, " has element type code=", int(dtype.code),
         " bits=", int(dtype.bits), " lanes=", dtype.lanes, ", which LibTorch does not have");
  }
}

std::string dtype_name(at::ScalarType type) {
  return std::string(c10::getDtypeNames(type).first);
}

std::string summary(at::ScalarType type, c10::IntArrayRef sizes) {
  return concat(dtype_name(type), sizes);
}

std::string summary(const at::Tensor& tensor) {
  return summary(tensor.scalar_type(), tensor.sizes());
}

Layout layout_of(const tsrt_tensor& t, const Label& label) {
  require(t.ndim >= 0 && t.ndim <= max_dims, label, " has ndim ", t.ndim, ": it can be 0 to ",
          max_dims);
  require(t.shape || t.ndim == 0, label, " has no shape: shape is NULL and ndim is ", t.ndim);
  const at::ScalarType type = scalar_type(t.dtype, label);
  const auto itemsize = static_cast<int64_t>(c10::elementSize(type));
  auto strides = strides_of(t, label);
  const int64_t bytes = byte_span(t, strides, itemsize, label);
  // A number as yet: a pointer must not leave its memory, nor move from NULL.
  const auto begin = reinterpret_cast<uintptr_t>(t.data) + t.byte_offset;
  const int64_t alignment = c10::isComplexType(type) ? itemsize / 2 : itemsize;
  require(bytes == 0 || t.data, label, " has no data: the pointer is NULL");
  require(bytes == 0 || begin % alignment == 0, label, " is not aligned to its element size of ",
          alignment, " bytes: copy the array first");
  require(t.byte_offset <= UINTPTR_MAX - reinterpret_cast<uintptr_t>(t.data) - bytes, label,
          " has byte_offset ", t.byte_offset, ", which reaches beyond the address space");
  return {reinterpret_cast<void*>(begin),
          bytes,
          type,
          from_dlpack(t, label),
          {t.shape, static_cast<size_t>(t.ndim)},
          std::move(strides)};
}

at::Tensor borrow(const Layout& layout) {
  return wrap(layout.data, layout.bytes, layout.type, layout.device, layout.sizes, layout.strides);
}

at::Tensor borrow(const at::Tensor& t) {
  const auto* impl = t.unsafeGetTensorImpl();
  const int64_t offset = t.storage_offset() * static_cast<int64_t>(t.itemsize());
  const auto bytes = static_cast<int64_t>(t.storage().nbytes()) - offset;
  return wrap(const_cast<void*>(t.const_data_ptr()), bytes, t.scalar_type(), t.device(),
              impl->sizes(), impl->strides());
}

at::Tensor duplicate(const at::Tensor& tensor) {
  const bool plain = tensor.device().is_cpu() && tensor.is_non_overlapping_and_dense() &&
                     !tensor.is_conj() && !tensor.is_neg() && !tensor.is_quantized();
  return plain ? duplicate_dense(tensor) : tensor.clone();
}

at::Tensor presentable(at::Tensor tensor, bool to_host, const Label& label) {
  if (!tensor.defined()) fail(TSRT_UNSUPPORTED, label, " is an undefined tensor");
  tensor = dense(std::move(tensor), label);
  if (tensor.requires_grad()) tensor = tensor.detach();
  if (to_host && !tensor.device().is_cpu()) return tensor.cpu();
  // Elements that share memory would all change with one write.
  if (!tensor.is_non_overlapping_and_dense() &&
      at::has_internal_overlap(tensor) != at::MemOverlap::No)
    return tensor.clone(at::MemoryFormat::Contiguous);
  return tensor;
}

bool alone(const at::Tensor& tensor) {
  return tensor.use_count() == 1 && tensor.storage().use_count() == 1;
}

at::Tensor own(at::Tensor tensor) {
  return alone(tensor) ? tensor : duplicate(tensor);
}

at::Tensor Loans::lend(at::Tensor borrowed, c10::Device device, bool copied) {
  all_from_host_ = all_from_host_ && borrowed.device().is_cpu();
  if (borrowed.device() != device) {
    if (!borrowed.device().is_cpu())
      fail(TSRT_INVALID_ARGUMENT, "an input is on ", borrowed.device(), " and the model on ",
           display(device), ": move one of them");
    return borrowed.to(device);
  }
  if (copied) return duplicate(borrowed);
  lent_.push_back(borrowed);
  return borrowed;
}

std::string Loans::summary() const {
  std::string text;
  for (const auto& tensor : lent_) text += (text.empty() ? "" : ", ") + tsrt::summary(tensor);
  return text;
}

Loans::~Loans() {
  try {
    settle();
  } catch (...) {
    // The call has failed already.
  }
}

void Loans::settle() {
  bool saved = true;
  for (; !lent_.empty(); lent_.pop_back()) {
    at::Tensor& tensor = lent_.back();
    if (alone(tensor)) {
      give_back(std::move(tensor));
    } else {
      saved &= copy_in_place(*tensor.storage().unsafeGetStorageImpl());
    }
  }
  if (!saved) throw std::bad_alloc();
}

}  // namespace tsrt
