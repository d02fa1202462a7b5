!> Values: what a method takes and returns when that is more than tensors.
module tsrt_values
  use tsrt_c
  use tsrt_errors
  use tsrt_tensors
  implicit none
  private

  integer, parameter, public :: tsrt_kind_none = 0, tsrt_kind_bool = 1, tsrt_kind_int = 2, &
    tsrt_kind_float = 3, tsrt_kind_complex = 4, tsrt_kind_string = 5, tsrt_kind_tensor = 6, &
    tsrt_kind_list = 7, tsrt_kind_tuple = 8, tsrt_kind_dict = 9, tsrt_kind_device = 10, &
    tsrt_kind_object = 11, tsrt_kind_other = 12, tsrt_kind_enum = 13

  !> A value never changes: `set` and its like make another one. Containers share their items.
  !> Released by `release`, by being set again, or at the end of its scope.
  type, public :: tsrt_value
    private
    type(c_ptr), public :: handle = c_null_ptr !< a tsrt_value of tsrt.h
  contains
    procedure :: set_none, set_list, set_tuple
    procedure, private :: set_dict_of_values, set_dict_of_names
    generic :: set_dict => set_dict_of_values, set_dict_of_names
    procedure, private :: set_bool, set_int, set_int32, set_float, set_real32, set_complex, &
      set_text, set_tensor
    !> call v%set(x [, error]): a logical, integer, real, complex, character, or tsrt_tensor. The
    !> array of a tensor is lent until the value, and all containers that hold it, are released.
    generic :: set => set_bool, set_int, set_int32, set_float, set_real32, set_complex, set_text, &
      set_tensor
    procedure, private :: get_bool, get_int, get_float, get_complex, get_text, get_tensor
    !> call v%get(x [, error]): x is of the default or C's logical kind, of kind int64 or real64, an
    !> allocatable character, or a tsrt_managed_tensor. Another kind than the value's is an error.
    generic :: get => get_bool, get_int, get_float, get_complex, get_text, get_tensor
    procedure :: kind => kind_of, size => size_of
    procedure :: item, entry => entry_of
    procedure :: release
    procedure, private :: assign
    generic :: assignment(=) => assign
    final :: finalize
  end type

contains

  integer function kind_of(this)
    class(tsrt_value), intent(in) :: this
    kind_of = tsrt_value_kind(this%handle)
  end function

  !> Of a list, tuple or dict; 0 for everything else.
  integer function size_of(this)
    class(tsrt_value), intent(in) :: this
    integer(c_size_t) :: n
    type(tsrt_error) :: error
    call check(tsrt_value_size(this%handle, n), error)
    size_of = int(n)
  end function

  !> Item i of a list or tuple, counted from 1.
  subroutine item(this, i, value, error)
    class(tsrt_value), intent(in) :: this
    integer, intent(in) :: i
    type(tsrt_value), intent(inout) :: value
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_value_item(this%handle, int(i - 1, c_size_t), new), error)
    call replace(value, new)
  end subroutine

  !> Entry i of a dict, counted from 1, in the order in which they were put in.
  subroutine entry_of(this, i, key, value, error)
    class(tsrt_value), intent(in) :: this
    integer, intent(in) :: i
    type(tsrt_value), intent(inout) :: key, value
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new_key, new
    call check(tsrt_value_entry(this%handle, int(i - 1, c_size_t), new_key, new), error)
    call replace(key, new_key)
    call replace(value, new)
  end subroutine

  subroutine get_bool(this, x, error)
    class(tsrt_value), intent(in) :: this
    logical, intent(out) :: x
    type(tsrt_error), intent(out), optional :: error
    logical(c_bool) :: b
    call check(tsrt_value_get_bool(this%handle, b), error)
    x = b
  end subroutine

  subroutine get_int(this, x, error)
    class(tsrt_value), intent(in) :: this
    integer(c_int64_t), intent(out) :: x
    type(tsrt_error), intent(out), optional :: error
    call check(tsrt_value_get_int(this%handle, x), error)
  end subroutine

  subroutine get_float(this, x, error)
    class(tsrt_value), intent(in) :: this
    real(c_double), intent(out) :: x
    type(tsrt_error), intent(out), optional :: error
    call check(tsrt_value_get_float(this%handle, x), error)
  end subroutine

  subroutine get_complex(this, x, error)
    class(tsrt_value), intent(in) :: this
    complex(c_double), intent(out) :: x
    type(tsrt_error), intent(out), optional :: error
    real(c_double) :: re, im
    call check(tsrt_value_get_complex(this%handle, re, im), error)
    x = cmplx(re, im, c_double)
  end subroutine

  subroutine get_text(this, x, error)
    class(tsrt_value), intent(in) :: this
    character(:), allocatable, intent(out) :: x
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: text
    integer(c_size_t) :: n
    call check(tsrt_value_get_string(this%handle, text, n), error)
    x = fortran_text(text, n)
  end subroutine

  subroutine get_tensor(this, x, error)
    class(tsrt_value), intent(in) :: this
    type(tsrt_managed_tensor), intent(inout) :: x
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_value_get_tensor(this%handle, new), error)
    call x%release()
    x%handle = new
  end subroutine

  subroutine set_none(this, error)
    class(tsrt_value), intent(inout) :: this
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_value_new_none(new), error)
    call replace(this, new)
  end subroutine

  subroutine set_bool(this, x, error)
    class(tsrt_value), intent(inout) :: this
    logical, intent(in) :: x
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_value_new_bool(logical(x, c_bool), new), error)
    call replace(this, new)
  end subroutine

  subroutine set_int(this, x, error)
    class(tsrt_value), intent(inout) :: this
    integer(c_int64_t), intent(in) :: x
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_value_new_int(x, new), error)
    call replace(this, new)
  end subroutine

  subroutine set_int32(this, x, error)
    class(tsrt_value), intent(inout) :: this
    integer, intent(in) :: x
    type(tsrt_error), intent(out), optional :: error
    call this%set_int(int(x, c_int64_t), error)
  end subroutine

  subroutine set_float(this, x, error)
    class(tsrt_value), intent(inout) :: this
    real(c_double), intent(in) :: x
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_value_new_float(x, new), error)
    call replace(this, new)
  end subroutine

  subroutine set_real32(this, x, error)
    class(tsrt_value), intent(inout) :: this
    real(c_float), intent(in) :: x
    type(tsrt_error), intent(out), optional :: error
    call this%set_float(real(x, c_double), error)
  end subroutine

  subroutine set_complex(this, x, error)
    class(tsrt_value), intent(inout) :: this
    complex(c_double), intent(in) :: x
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_value_new_complex(x%re, x%im, new), error)
    call replace(this, new)
  end subroutine

  !> All of the text, blanks at its end and zero bytes included.
  subroutine set_text(this, x, error)
    class(tsrt_value), intent(inout) :: this
    character(*), intent(in) :: x
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_value_new_string(x, len(x, c_size_t), new), error)
    call replace(this, new)
  end subroutine

  subroutine set_tensor(this, x, error)
    class(tsrt_value), intent(inout) :: this
    type(tsrt_tensor), intent(in), target :: x
    type(tsrt_error), intent(out), optional :: error
    type(c_tensor) :: c
    type(c_ptr) :: new
    if (.not. passes(x, c, error)) return
    call check(tsrt_value_new_tensor(c, new), error)
    call replace(this, new)
  end subroutine

  subroutine set_list(this, items, error)
    class(tsrt_value), intent(inout) :: this
    type(tsrt_value), intent(in) :: items(:)
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_value_new_list(items%handle, size(items, kind=c_size_t), new), error)
    call replace(this, new)
  end subroutine

  subroutine set_tuple(this, items, error)
    class(tsrt_value), intent(inout) :: this
    type(tsrt_value), intent(in) :: items(:)
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_value_new_tuple(items%handle, size(items, kind=c_size_t), new), error)
    call replace(this, new)
  end subroutine

  !> Entry i has the key keys(i).
  subroutine set_dict_of_values(this, keys, items, error)
    class(tsrt_value), intent(inout) :: this
    type(tsrt_value), intent(in) :: keys(:), items(:)
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    if (size(keys) /= size(items)) then
      call fail(tsrt_invalid_argument, 'a dict has as many keys as items', error)
      return
    end if
    call check(tsrt_value_new_dict(keys%handle, items%handle, size(keys, kind=c_size_t), new), &
      error)
    call replace(this, new)
  end subroutine

  !> The same with texts, without the blanks at their ends.
  subroutine set_dict_of_names(this, names, items, error)
    class(tsrt_value), intent(inout) :: this
    character(*), intent(in) :: names(:)
    type(tsrt_value), intent(in) :: items(:)
    type(tsrt_error), intent(out), optional :: error
    type(tsrt_value) :: keys(size(names))
    integer :: i
    do i = 1, size(names)
      call keys(i)%set_text(trim(names(i)))
    end do
    call this%set_dict_of_values(keys, items, error)
    call keys%release()
  end subroutine

  subroutine replace(this, new)
    class(tsrt_value), intent(inout) :: this
    type(c_ptr), intent(in) :: new
    call this%release()
    this%handle = new
  end subroutine

  impure elemental subroutine release(this)
    class(tsrt_value), intent(inout) :: this
    call tsrt_value_free(this%handle)
    this%handle = c_null_ptr
  end subroutine

  !> Another handle to the same value, by way of a tuple that has it as its item.
  impure elemental subroutine assign(this, from)
    class(tsrt_value), intent(inout) :: this
    class(tsrt_value), intent(in) :: from
    type(c_ptr) :: tuple, new
    new = c_null_ptr
    if (c_associated(from%handle)) then
      call check(tsrt_value_new_tuple([from%handle], 1_c_size_t, tuple))
      call check(tsrt_value_item(tuple, 0_c_size_t, new))
      call tsrt_value_free(tuple)
    end if
    call replace(this, new)
  end subroutine

  impure elemental subroutine finalize(this)
    type(tsrt_value), intent(inout) :: this
    call this%release()
  end subroutine
end module
