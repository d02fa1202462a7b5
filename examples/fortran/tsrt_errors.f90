!> Errors, and text on its way to and from libtsrt.
module tsrt_errors
  use tsrt_c
  implicit none
  private
  public :: tsrt_error, check, fail, to_c, fortran_text

  integer, parameter, public :: tsrt_invalid_argument = 1, tsrt_not_found = 2, &
    tsrt_not_a_model = 3, tsrt_unsupported = 4, tsrt_missing_operator = 5, tsrt_model_error = 6, &
    tsrt_device_error = 7, tsrt_out_of_memory = 8, tsrt_not_trusted = 9, tsrt_internal = 10, &
    tsrt_timeout = 11, tsrt_cancelled = 12

  !> What a call that can fail says in its last, optional argument; code 0 is success. Where the
  !> argument is left out, a failure ends the program, as one of `allocate` without `stat` does.
  type :: tsrt_error
    integer :: code = 0
    character(:), allocatable :: message !< one line
    character(:), allocatable :: detail  !< such as the traceback through the model's code
  end type

contains

  !> Takes what a function of libtsrt returned: null, or an error that is freed here.
  subroutine check(returned, error)
    type(c_ptr), intent(in) :: returned
    type(tsrt_error), intent(inout), optional :: error
    if (c_associated(returned)) call fail_with(returned, error)
  end subroutine

  subroutine fail_with(returned, error)
    type(c_ptr), intent(in) :: returned
    type(tsrt_error), intent(inout), optional :: error
    character(:), allocatable :: message, detail
    integer :: code
    code = tsrt_error_code(returned)
    message = fortran_text(tsrt_error_message(returned))
    detail = fortran_text(tsrt_error_detail(returned))
    call tsrt_error_free(returned)
    call fail(code, message, error, detail)
  end subroutine

  subroutine fail(code, message, error, detail)
    integer, intent(in) :: code
    character(*), intent(in) :: message
    type(tsrt_error), intent(inout), optional :: error
    character(*), intent(in), optional :: detail
    if (.not. present(error)) error stop 'tsrt: ' // message
    error%code = code
    error%message = message
    error%detail = ''
    if (present(detail)) error%detail = detail
  end subroutine

  !> Adds the zero byte that C wants, and drops the blanks that Fortran pads text with. False, and
  !> an error, when a zero byte is in the text already, which would cut it.
  logical function to_c(text, c, error)
    character(*), intent(in) :: text
    character(:), allocatable, intent(out) :: c
    type(tsrt_error), intent(inout), optional :: error
    c = trim(text) // c_null_char
    to_c = index(text, c_null_char) == 0
    if (.not. to_c) call fail(tsrt_invalid_argument, &
      "there is a zero byte in the text '" // trim(text) // "'", error)
  end function

  function fortran_text(c, size) result(text)
    type(c_ptr), intent(in) :: c
    integer(c_size_t), intent(in), optional :: size
    character(:), allocatable :: text
    character(c_char), pointer :: bytes(:)
    integer(c_size_t) :: i, n
    if (present(size)) then
      n = size
    else
      n = c_strlen(c)
    end if
    call c_f_pointer(c, bytes, [n])
    allocate(character(n) :: text)
    do i = 1, n
      text(i:i) = bytes(i)
    end do
  end function
end module
