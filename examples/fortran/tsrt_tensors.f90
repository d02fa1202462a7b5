!> Tensors: tsrt_tensor, an array of the program's own, and tsrt_managed_tensor, what a model made.
!>
!> An array keeps Fortran's order of memory, so that a(i,j) is the tensor's [i,j] and shape(a) its
!> shape, whatever rank and section it is; nothing is copied.
module tsrt_tensors
  use tsrt_c
  use tsrt_errors
  implicit none
  private
  public :: passes

  !> A view of an array: tsrt_tensor(a). It does not keep the array, which has to be a target and
  !> to outlive it.
  type, bind(c), public :: tsrt_tensor
    private
    type(c_tensor) :: tensor
    integer(c_int64_t) :: shape(15) = 0, strides(15) = 0
    integer(c_int32_t) :: row_major = 0, problem = 1
  end type

  interface tsrt_tensor
    module procedure of_float, of_double, of_int8, of_int32, of_int64, of_bool, &
      of_complex, of_double_complex
  end interface

  !> A tensor that libtsrt made. A second one, `b = a`, shares the memory, which lives until both
  !> are released: by `release`, by being given to another call, or at the end of their scope.
  type, public :: tsrt_managed_tensor
    private
    type(c_ptr), public :: handle = c_null_ptr !< a tsrt_managed_tensor of tsrt.h
  contains
    procedure :: shape => shape_of
    procedure :: dtype => dtype_of
    procedure :: data => data_of
    procedure :: release
    procedure, private :: assign
    generic :: assignment(=) => assign
    procedure, private :: to_float, to_double, to_int8, to_int32, to_int64, to_bool, &
      to_complex, to_double_complex
    !> call y%view(p [, error]): points p at the tensor's memory, p(i,j) at [i,j]. p is a pointer
    !> of the same type and rank; it is valid until the tensor is released.
    generic :: view => to_float, to_double, to_int8, to_int32, to_int64, to_bool, &
      to_complex, to_double_complex
    final :: finalize
  end type

  interface
    subroutine view_of(array, view) bind(c, name='tsrt_fortran_view')
      import
      type(*), intent(in) :: array(..)
      type(tsrt_tensor), intent(out) :: view
    end subroutine
  end interface

contains

  !> What a call of tsrt takes: the view with pointers to its own shape, so valid as long as it.
  !> False, and an error, for an array that no tensor can be.
  logical function passes(view, c, error)
    type(tsrt_tensor), intent(in), target :: view
    type(c_tensor), intent(out) :: c
    type(tsrt_error), intent(inout), optional :: error
    character(*), parameter :: problems(3) = [character(80) :: 'it is not allocated', &
      'it runs backwards: pass a copy, which runs forwards', &
      'the distance of its elements is no multiple of their size: pass a copy']
    c = view%tensor
    c%shape = c_loc(view%shape)
    if (view%row_major == 0) c%strides = c_loc(view%strides)
    passes = view%problem == 0
    if (.not. passes) call fail(tsrt_invalid_argument, &
      'an array cannot be a tensor: ' // trim(problems(view%problem)), error)
  end function

  !> The first element's address, for c_f_pointer: quicker than `view`, and nothing is checked.
  type(c_ptr) function data_of(this) result(data)
    class(tsrt_managed_tensor), intent(in) :: this
    type(c_managed_tensor), pointer :: t
    character(c_char), pointer :: bytes(:)
    data = c_null_ptr
    if (.not. c_associated(this%handle)) return
    call c_f_pointer(this%handle, t)
    data = t%tensor%data
    if (t%tensor%byte_offset == 0) return
    call c_f_pointer(data, bytes, [t%tensor%byte_offset + 1])
    data = c_loc(bytes(t%tensor%byte_offset + 1))
  end function

  function shape_of(this) result(shape)
    class(tsrt_managed_tensor), intent(in) :: this
    integer(c_int64_t), allocatable :: shape(:)
    type(c_managed_tensor), pointer :: t
    integer(c_int64_t), pointer :: sizes(:)
    allocate(shape(0))
    if (.not. c_associated(this%handle)) return
    call c_f_pointer(this%handle, t)
    call c_f_pointer(t%tensor%shape, sizes, [t%tensor%ndim])
    shape = sizes
  end function

  !> Such as 'float32'; '' once the tensor is released.
  function dtype_of(this) result(name)
    class(tsrt_managed_tensor), intent(in) :: this
    character(:), allocatable :: name
    character(*), parameter :: names(0:6) = [character(7) :: 'int', 'uint', 'float', '', &
      'bfloat', 'complex', 'bool']
    type(c_managed_tensor), pointer :: t
    character(3) :: bits
    name = ''
    if (.not. c_associated(this%handle)) return
    call c_f_pointer(this%handle, t)
    if (t%tensor%code > 6) then
      name = 'float8'
      return
    end if
    name = trim(names(t%tensor%code))
    if (name == 'bool') return
    write (bits, '(i0)') iand(int(t%tensor%bits), 255)
    name = name // trim(bits)
  end function

  !> Says why view did not find what it looks for.
  subroutine other(this, pointee, rank, error)
    class(tsrt_managed_tensor), intent(in) :: this
    character(*), intent(in) :: pointee
    integer, intent(in) :: rank
    type(tsrt_error), intent(inout), optional :: error
    character(120) :: what
    if (.not. c_associated(this%handle)) then
      call fail(tsrt_invalid_argument, 'the tensor has been released', error)
      return
    end if
    write (what, '(3a,i0,3a,i0)') 'a ', this%dtype(), ' tensor of rank ', &
      size(this%shape()), ' is not what a pointer to ', pointee, ' of rank ', rank
    call fail(tsrt_invalid_argument, trim(what), error)
  end subroutine

  impure elemental subroutine release(this)
    class(tsrt_managed_tensor), intent(inout) :: this
    call tsrt_managed_tensor_free(this%handle)
    this%handle = c_null_ptr
  end subroutine

  impure elemental subroutine assign(this, from)
    class(tsrt_managed_tensor), intent(inout) :: this
    class(tsrt_managed_tensor), intent(in) :: from
    type(c_ptr) :: shared
    shared = c_null_ptr
    if (c_associated(from%handle)) call check(tsrt_managed_tensor_share(from%handle, shared))
    call tsrt_managed_tensor_free(this%handle)
    this%handle = shared
  end subroutine

  impure elemental subroutine finalize(this)
    type(tsrt_managed_tensor), intent(inout) :: this
    call tsrt_managed_tensor_free(this%handle)
    this%handle = c_null_ptr
  end subroutine

  ! The same for each element type. The pointer arguments hold the compiler to the rule that
  ! what a tsrt_tensor views is a target.

  function of_float(array) result(view)
    real(c_float), pointer, intent(in) :: array(..)
    type(tsrt_tensor) :: view
    call view_of(array, view)
  end function

  function of_double(array) result(view)
    real(c_double), pointer, intent(in) :: array(..)
    type(tsrt_tensor) :: view
    call view_of(array, view)
  end function

  function of_int8(array, unsigned) result(view)
    integer(c_int8_t), pointer, intent(in) :: array(..)
    logical, intent(in), optional :: unsigned !< the bytes are uint8, which Fortran has not
    type(tsrt_tensor) :: view
    call view_of(array, view)
    if (present(unsigned)) view%tensor%code = merge(1_c_int8_t, 0_c_int8_t, unsigned)
  end function

  function of_int32(array) result(view)
    integer(c_int32_t), pointer, intent(in) :: array(..)
    type(tsrt_tensor) :: view
    call view_of(array, view)
  end function

  function of_int64(array) result(view)
    integer(c_int64_t), pointer, intent(in) :: array(..)
    type(tsrt_tensor) :: view
    call view_of(array, view)
  end function

  function of_bool(array) result(view)
    logical(c_bool), pointer, intent(in) :: array(..)
    type(tsrt_tensor) :: view
    call view_of(array, view)
  end function

  function of_complex(array) result(view)
    complex(c_float), pointer, intent(in) :: array(..)
    type(tsrt_tensor) :: view
    call view_of(array, view)
  end function

  function of_double_complex(array) result(view)
    complex(c_double), pointer, intent(in) :: array(..)
    type(tsrt_tensor) :: view
    call view_of(array, view)
  end function

  subroutine to_float(this, p, error)
    class(tsrt_managed_tensor), intent(in) :: this
    real(c_float), pointer, intent(out) :: p(..)
    type(tsrt_error), intent(out), optional :: error
    if (.not. point_float(this%handle, p)) call other(this, 'real(c_float)', rank(p), error)
  end subroutine

  subroutine to_double(this, p, error)
    class(tsrt_managed_tensor), intent(in) :: this
    real(c_double), pointer, intent(out) :: p(..)
    type(tsrt_error), intent(out), optional :: error
    if (.not. point_double(this%handle, p)) call other(this, 'real(c_double)', rank(p), error)
  end subroutine

  subroutine to_int8(this, p, error)
    class(tsrt_managed_tensor), intent(in) :: this
    integer(c_int8_t), pointer, intent(out) :: p(..)
    type(tsrt_error), intent(out), optional :: error
    if (.not. point_int8(this%handle, p)) call other(this, 'integer(c_int8_t)', rank(p), error)
  end subroutine

  subroutine to_int32(this, p, error)
    class(tsrt_managed_tensor), intent(in) :: this
    integer(c_int32_t), pointer, intent(out) :: p(..)
    type(tsrt_error), intent(out), optional :: error
    if (.not. point_int32(this%handle, p)) call other(this, 'integer(c_int32_t)', rank(p), error)
  end subroutine

  subroutine to_int64(this, p, error)
    class(tsrt_managed_tensor), intent(in) :: this
    integer(c_int64_t), pointer, intent(out) :: p(..)
    type(tsrt_error), intent(out), optional :: error
    if (.not. point_int64(this%handle, p)) call other(this, 'integer(c_int64_t)', rank(p), error)
  end subroutine

  subroutine to_bool(this, p, error)
    class(tsrt_managed_tensor), intent(in) :: this
    logical(c_bool), pointer, intent(out) :: p(..)
    type(tsrt_error), intent(out), optional :: error
    if (.not. point_bool(this%handle, p)) call other(this, 'logical(c_bool)', rank(p), error)
  end subroutine

  subroutine to_complex(this, p, error)
    class(tsrt_managed_tensor), intent(in) :: this
    complex(c_float), pointer, intent(out) :: p(..)
    type(tsrt_error), intent(out), optional :: error
    if (.not. point_complex(this%handle, p)) call other(this, 'complex(c_float)', rank(p), error)
  end subroutine

  subroutine to_double_complex(this, p, error)
    class(tsrt_managed_tensor), intent(in) :: this
    complex(c_double), pointer, intent(out) :: p(..)
    type(tsrt_error), intent(out), optional :: error
    if (.not. point_double_complex(this%handle, p)) &
      call other(this, 'complex(c_double)', rank(p), error)
  end subroutine
end module
