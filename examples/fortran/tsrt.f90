!> Models, and all that a program needs: `use tsrt`.
module tsrt
  use tsrt_c
  use tsrt_errors
  use tsrt_tensors
  use tsrt_values
  implicit none
  private
  public :: tsrt_model, tsrt_version, tsrt_live_handles
  public :: tsrt_tensor, tsrt_managed_tensor, tsrt_value, tsrt_error
  public :: tsrt_invalid_argument, tsrt_not_found, tsrt_not_a_model, tsrt_unsupported, &
    tsrt_missing_operator, tsrt_model_error, tsrt_device_error, tsrt_out_of_memory, &
    tsrt_not_trusted, tsrt_internal, tsrt_timeout, tsrt_cancelled
  public :: tsrt_kind_none, tsrt_kind_bool, tsrt_kind_int, tsrt_kind_float, tsrt_kind_complex, &
    tsrt_kind_string, tsrt_kind_tensor, tsrt_kind_list, tsrt_kind_tuple, tsrt_kind_dict, &
    tsrt_kind_device, tsrt_kind_object, tsrt_kind_other, tsrt_kind_enum

  integer, parameter :: abi = 0 !< the TSRT_ABI_VERSION that these modules were written for

  !> Any number of threads may call one model at a time. Assigning it makes another handle to the
  !> same model, `clone` one with state of its own.
  type :: tsrt_model
    private
    type(c_ptr), public :: handle = c_null_ptr !< a tsrt_model of tsrt.h
  contains
    procedure :: load, clone, run, describe, cancel, release
    procedure, private :: forward_one, forward_many
    !> call model%forward(x, y [, error]): a tsrt_tensor and a tsrt_managed_tensor, or arrays of
    !> them. There may be fewer outputs than y has elements; the others are then empty.
    generic :: forward => forward_one, forward_many
    procedure, private :: into_one, into_many
    !> call model%forward_into(x, y [, error]): x and y are tsrt_tensors, or arrays of them; what
    !> they view is read and written.
    generic :: forward_into => into_one, into_many
    procedure, private :: assign
    generic :: assignment(=) => assign
    final :: finalize
  end type

contains

  !> options such as 'threads=1,timeout=0.5': see tsrt_model_load in tsrt.h.
  subroutine load(this, path, options, error)
    class(tsrt_model), intent(inout) :: this
    character(*), intent(in) :: path
    character(*), intent(in), optional :: options
    type(tsrt_error), intent(out), optional :: error
    character(:), allocatable :: c_path, c_options
    call this%release()
    if (tsrt_abi_version() /= abi) then
      call fail(tsrt_unsupported, 'this is another libtsrt than the program was built for', error)
      return
    end if
    c_options = c_null_char
    if (present(options)) then
      if (.not. to_c(options, c_options, error)) return
    end if
    if (.not. to_c(path, c_path, error)) return
    call check(tsrt_model_load(c_path, c_options, this%handle), error)
  end subroutine

  !> A second model with state of its own and the same weights.
  subroutine clone(this, copy, error)
    class(tsrt_model), intent(in) :: this
    type(tsrt_model), intent(inout) :: copy
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: new
    call check(tsrt_model_clone(this%handle, new), error)
    call copy%release()
    copy%handle = new
  end subroutine

  subroutine forward_one(this, input, output, error)
    class(tsrt_model), intent(in) :: this
    type(tsrt_tensor), intent(in), target :: input
    type(tsrt_managed_tensor), intent(inout) :: output
    type(tsrt_error), intent(out), optional :: error
    type(c_tensor) :: c(1)
    type(c_ptr) :: new(1)
    integer(c_size_t) :: n
    if (.not. passes(input, c(1), error)) return
    call check(tsrt_model_forward(this%handle, c, 1_c_size_t, new, 1_c_size_t, n), error)
    call output%release()
    output%handle = new(1)
  end subroutine

  subroutine forward_many(this, inputs, outputs, error)
    class(tsrt_model), intent(in) :: this
    type(tsrt_tensor), intent(in), target :: inputs(:)
    type(tsrt_managed_tensor), intent(inout) :: outputs(:)
    type(tsrt_error), intent(out), optional :: error
    type(c_tensor) :: c(size(inputs))
    type(c_ptr) :: new(size(outputs))
    integer(c_size_t) :: n
    integer :: i
    do i = 1, size(inputs)
      if (.not. passes(inputs(i), c(i), error)) return
    end do
    call check(tsrt_model_forward(this%handle, c, size(c, kind=c_size_t), new, &
      size(new, kind=c_size_t), n), error)
    call outputs%release()
    outputs%handle = new
  end subroutine

  subroutine into_one(this, input, output, error)
    class(tsrt_model), intent(in) :: this
    type(tsrt_tensor), intent(in) :: input, output
    type(tsrt_error), intent(out), optional :: error
    call this%into_many([input], [output], error)
  end subroutine

  subroutine into_many(this, inputs, outputs, error)
    class(tsrt_model), intent(in) :: this
    type(tsrt_tensor), intent(in), target :: inputs(:), outputs(:)
    type(tsrt_error), intent(out), optional :: error
    type(c_tensor) :: from(size(inputs)), to(size(outputs))
    integer :: i
    do i = 1, size(inputs)
      if (.not. passes(inputs(i), from(i), error)) return
    end do
    do i = 1, size(outputs)
      if (.not. passes(outputs(i), to(i), error)) return
    end do
    call check(tsrt_model_forward_into(this%handle, from, size(from, kind=c_size_t), to, &
      size(to, kind=c_size_t)), error)
  end subroutine

  !> Any method of the model, on any values; kwargs is a dict.
  subroutine run(this, method, args, result, error, kwargs)
    class(tsrt_model), intent(in) :: this
    character(*), intent(in) :: method
    type(tsrt_value), intent(in) :: args(:)
    type(tsrt_value), intent(inout) :: result
    type(tsrt_error), intent(out), optional :: error
    type(tsrt_value), intent(in), optional :: kwargs
    character(:), allocatable :: c_method
    type(c_ptr) :: tuple, named, new
    if (.not. to_c(method, c_method, error)) return
    named = c_null_ptr
    if (present(kwargs)) named = kwargs%handle
    call check(tsrt_value_new_tuple(args%handle, size(args, kind=c_size_t), tuple), error)
    if (.not. c_associated(tuple)) return
    call check(tsrt_model_run(this%handle, c_method, tuple, named, new), error)
    call tsrt_value_free(tuple)
    call result%release()
    result%handle = new
  end subroutine

  !> Everything there is to know of the model, as JSON.
  subroutine describe(this, json, error)
    class(tsrt_model), intent(in) :: this
    character(:), allocatable, intent(out) :: json
    type(tsrt_error), intent(out), optional :: error
    type(c_ptr) :: text
    json = ''
    call check(tsrt_model_describe(this%handle, text), error)
    if (c_associated(text)) json = fortran_text(text)
    call tsrt_string_free(text)
  end subroutine

  !> Stops the calls that other threads are in.
  subroutine cancel(this, error)
    class(tsrt_model), intent(in) :: this
    type(tsrt_error), intent(out), optional :: error
    call check(tsrt_model_cancel(this%handle), error)
  end subroutine

  impure elemental subroutine release(this)
    class(tsrt_model), intent(inout) :: this
    call tsrt_model_free(this%handle)
    this%handle = c_null_ptr
  end subroutine

  impure elemental subroutine assign(this, from)
    class(tsrt_model), intent(inout) :: this
    class(tsrt_model), intent(in) :: from
    type(c_ptr) :: shared
    shared = c_null_ptr
    if (c_associated(from%handle)) call check(tsrt_model_share(from%handle, c_null_ptr, shared))
    call this%release()
    this%handle = shared
  end subroutine

  impure elemental subroutine finalize(this)
    type(tsrt_model), intent(inout) :: this
    call this%release()
  end subroutine

  !> The version of libtsrt.
  function tsrt_version() result(version)
    character(:), allocatable :: version
    version = fortran_text(c_tsrt_version())
  end function
end module
