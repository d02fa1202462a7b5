!> tsrt.h in Fortran: the C functions that the binding calls.
module tsrt_c
  use, intrinsic :: iso_c_binding
  implicit none
  public

  type, bind(c) :: c_tensor
    type(c_ptr) :: data = c_null_ptr
    integer(c_int32_t) :: device_type = 1, device_id = 0
    integer(c_int32_t) :: ndim = 0
    integer(c_int8_t) :: code = 0, bits = 0
    integer(c_int16_t) :: lanes = 1
    type(c_ptr) :: shape = c_null_ptr, strides = c_null_ptr
    integer(c_int64_t) :: byte_offset = 0
  end type

  type, bind(c) :: c_managed_tensor
    integer(c_int32_t) :: major, minor
    type(c_ptr) :: manager_ctx
    type(c_funptr) :: deleter
    integer(c_int64_t) :: flags
    type(c_tensor) :: tensor
  end type

  !> Makers of values; each takes the value's contents and gives a new handle.
  interface
    type(c_ptr) function tsrt_value_new_none(v) bind(c)
      import
      type(c_ptr), intent(out) :: v
    end function
    type(c_ptr) function tsrt_value_new_bool(b, v) bind(c)
      import
      logical(c_bool), value :: b
      type(c_ptr), intent(out) :: v
    end function
    type(c_ptr) function tsrt_value_new_int(i, v) bind(c)
      import
      integer(c_int64_t), value :: i
      type(c_ptr), intent(out) :: v
    end function
    type(c_ptr) function tsrt_value_new_float(f, v) bind(c)
      import
      real(c_double), value :: f
      type(c_ptr), intent(out) :: v
    end function
    type(c_ptr) function tsrt_value_new_complex(re, im, v) bind(c)
      import
      real(c_double), value :: re, im
      type(c_ptr), intent(out) :: v
    end function
    type(c_ptr) function tsrt_value_new_string(text, size, v) bind(c)
      import
      character(c_char), intent(in) :: text(*)
      integer(c_size_t), value :: size
      type(c_ptr), intent(out) :: v
    end function
    type(c_ptr) function tsrt_value_new_tensor(t, v) bind(c)
      import
      type(c_tensor), intent(in) :: t
      type(c_ptr), intent(out) :: v
    end function
    type(c_ptr) function tsrt_value_new_list(items, n, v) bind(c)
      import
      type(c_ptr), intent(in) :: items(*)
      integer(c_size_t), value :: n
      type(c_ptr), intent(out) :: v
    end function
    type(c_ptr) function tsrt_value_new_tuple(items, n, v) bind(c)
      import
      type(c_ptr), intent(in) :: items(*)
      integer(c_size_t), value :: n
      type(c_ptr), intent(out) :: v
    end function
    type(c_ptr) function tsrt_value_new_dict(keys, items, n, v) bind(c)
      import
      type(c_ptr), intent(in) :: keys(*), items(*)
      integer(c_size_t), value :: n
      type(c_ptr), intent(out) :: v
    end function
  end interface

  !> Readers of values.
  interface
    integer(c_int32_t) function tsrt_value_kind(v) bind(c)
      import
      type(c_ptr), value :: v
    end function
    type(c_ptr) function tsrt_value_get_bool(v, b) bind(c)
      import
      type(c_ptr), value :: v
      logical(c_bool), intent(out) :: b
    end function
    type(c_ptr) function tsrt_value_get_int(v, i) bind(c)
      import
      type(c_ptr), value :: v
      integer(c_int64_t), intent(out) :: i
    end function
    type(c_ptr) function tsrt_value_get_float(v, f) bind(c)
      import
      type(c_ptr), value :: v
      real(c_double), intent(out) :: f
    end function
    type(c_ptr) function tsrt_value_get_complex(v, re, im) bind(c)
      import
      type(c_ptr), value :: v
      real(c_double), intent(out) :: re, im
    end function
    type(c_ptr) function tsrt_value_get_string(v, text, size) bind(c)
      import
      type(c_ptr), value :: v
      type(c_ptr), intent(out) :: text
      integer(c_size_t), intent(out) :: size
    end function
    type(c_ptr) function tsrt_value_get_tensor(v, t) bind(c)
      import
      type(c_ptr), value :: v
      type(c_ptr), intent(out) :: t
    end function
    type(c_ptr) function tsrt_value_size(v, size) bind(c)
      import
      type(c_ptr), value :: v
      integer(c_size_t), intent(out) :: size
    end function
    type(c_ptr) function tsrt_value_item(v, i, item) bind(c)
      import
      type(c_ptr), value :: v
      integer(c_size_t), value :: i
      type(c_ptr), intent(out) :: item
    end function
    type(c_ptr) function tsrt_value_entry(v, i, key, item) bind(c)
      import
      type(c_ptr), value :: v
      integer(c_size_t), value :: i
      type(c_ptr), intent(out) :: key, item
    end function
    subroutine tsrt_value_free(v) bind(c)
      import
      type(c_ptr), value :: v
    end subroutine
  end interface

  !> Models.
  interface
    type(c_ptr) function tsrt_model_load(path, options, m) bind(c)
      import
      character(c_char), intent(in) :: path(*), options(*)
      type(c_ptr), intent(out) :: m
    end function
    type(c_ptr) function tsrt_model_clone(m, clone) bind(c)
      import
      type(c_ptr), value :: m
      type(c_ptr), intent(out) :: clone
    end function
    type(c_ptr) function tsrt_model_share(m, options, shared) bind(c)
      import
      type(c_ptr), value :: m, options
      type(c_ptr), intent(out) :: shared
    end function
    type(c_ptr) function tsrt_model_cancel(m) bind(c)
      import
      type(c_ptr), value :: m
    end function
    type(c_ptr) function tsrt_model_describe(m, json) bind(c)
      import
      type(c_ptr), value :: m
      type(c_ptr), intent(out) :: json
    end function
    type(c_ptr) function tsrt_model_forward(m, inputs, n_inputs, outputs, capacity, n) bind(c)
      import
      type(c_ptr), value :: m
      type(c_tensor), intent(in) :: inputs(*)
      integer(c_size_t), value :: n_inputs, capacity
      type(c_ptr), intent(out) :: outputs(*)
      integer(c_size_t), intent(out) :: n
    end function
    type(c_ptr) function tsrt_model_forward_into(m, inputs, n_inputs, outputs, n) bind(c)
      import
      type(c_ptr), value :: m
      type(c_tensor), intent(in) :: inputs(*), outputs(*)
      integer(c_size_t), value :: n_inputs, n
    end function
    type(c_ptr) function tsrt_model_run(m, method, args, kwargs, result) bind(c)
      import
      type(c_ptr), value :: m, args, kwargs
      character(c_char), intent(in) :: method(*)
      type(c_ptr), intent(out) :: result
    end function
    subroutine tsrt_model_free(m) bind(c)
      import
      type(c_ptr), value :: m
    end subroutine
  end interface

  !> Errors, tensors, text, the process.
  interface
    integer(c_int32_t) function tsrt_error_code(e) bind(c)
      import
      type(c_ptr), value :: e
    end function
    type(c_ptr) function tsrt_error_message(e) bind(c)
      import
      type(c_ptr), value :: e
    end function
    type(c_ptr) function tsrt_error_detail(e) bind(c)
      import
      type(c_ptr), value :: e
    end function
    subroutine tsrt_error_free(e) bind(c)
      import
      type(c_ptr), value :: e
    end subroutine
    type(c_ptr) function tsrt_managed_tensor_share(t, shared) bind(c)
      import
      type(c_ptr), value :: t
      type(c_ptr), intent(out) :: shared
    end function
    subroutine tsrt_managed_tensor_free(t) bind(c)
      import
      type(c_ptr), value :: t
    end subroutine
    subroutine tsrt_string_free(text) bind(c)
      import
      type(c_ptr), value :: text
    end subroutine
    type(c_ptr) function c_tsrt_version() bind(c, name='tsrt_version')
      import
    end function
    integer(c_int32_t) function tsrt_abi_version() bind(c)
      import
    end function
    integer(c_int64_t) function tsrt_live_handles() bind(c)
      import
    end function
    integer(c_size_t) function c_strlen(text) bind(c, name='strlen')
      import
      type(c_ptr), value :: text
    end function
  end interface

  !> One function of tsrt_array.c, for pointers of each type.
  interface
    logical(c_bool) function point_float(t, p) bind(c, name='tsrt_fortran_point')
      import
      type(c_ptr), value :: t
      real(c_float), pointer, intent(out) :: p(..)
    end function
    logical(c_bool) function point_double(t, p) bind(c, name='tsrt_fortran_point')
      import
      type(c_ptr), value :: t
      real(c_double), pointer, intent(out) :: p(..)
    end function
    logical(c_bool) function point_int8(t, p) bind(c, name='tsrt_fortran_point')
      import
      type(c_ptr), value :: t
      integer(c_int8_t), pointer, intent(out) :: p(..)
    end function
    logical(c_bool) function point_int32(t, p) bind(c, name='tsrt_fortran_point')
      import
      type(c_ptr), value :: t
      integer(c_int32_t), pointer, intent(out) :: p(..)
    end function
    logical(c_bool) function point_int64(t, p) bind(c, name='tsrt_fortran_point')
      import
      type(c_ptr), value :: t
      integer(c_int64_t), pointer, intent(out) :: p(..)
    end function
    logical(c_bool) function point_bool(t, p) bind(c, name='tsrt_fortran_point')
      import
      type(c_ptr), value :: t
      logical(c_bool), pointer, intent(out) :: p(..)
    end function
    logical(c_bool) function point_complex(t, p) bind(c, name='tsrt_fortran_point')
      import
      type(c_ptr), value :: t
      complex(c_float), pointer, intent(out) :: p(..)
    end function
    logical(c_bool) function point_double_complex(t, p) bind(c, name='tsrt_fortran_point')
      import
      type(c_ptr), value :: t
      complex(c_double), pointer, intent(out) :: p(..)
    end function
  end interface
end module
