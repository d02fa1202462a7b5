!> Prints what a call takes, in nanoseconds: the median of 15 blocks of 10,000 calls.
program bench
  use, intrinsic :: iso_c_binding, only: c_f_pointer
  use, intrinsic :: iso_fortran_env, only: real32, real64, int64, error_unit
  use tsrt
  implicit none
  integer, parameter :: calls = 10000, blocks = 15
  real(real32), target :: x(4) = 1
  real(real64) :: times(blocks), total
  type(tsrt_model) :: model
  character(1000) :: path
  integer :: i

  if (command_argument_count() /= 1) then
    write (error_unit, '(a)') 'usage: bench identity.pt'
    stop 1, quiet=.true.
  end if
  call get_command_argument(1, path)
  call model%load(path)
  total = 0
  do i = -1, 0
    times(1) = block_time()
  end do
  times = [(block_time(), i = 1, blocks)]
  if (total /= calls * (blocks + 2)) error stop 'wrong numbers'
  print '(f0.1)', median(times)
  call model%release()

contains

  !> Nanoseconds a call, over one block of them.
  real(real64) function block_time()
    type(tsrt_managed_tensor) :: y
    type(tsrt_tensor) :: input
    type(tsrt_error) :: error
    real(real32), pointer :: p(:)
    integer(int64) :: before, after, rate
    integer :: n
    input = tsrt_tensor(x)
    call system_clock(before, rate)
    do n = 1, calls
      call model%forward(input, y, error)
      if (error%code /= 0) error stop 'forward failed'
      call c_f_pointer(y%data(), p, [4])
      total = total + p(1)
      call y%release()
    end do
    call system_clock(after)
    block_time = real(after - before, real64) / rate * 1e9_real64 / calls
  end function

  real(real64) function median(numbers)
    real(real64), intent(in) :: numbers(:)
    integer :: i
    do i = 1, size(numbers)
      median = numbers(i)
      if (count(numbers < median) <= size(numbers) / 2 .and. &
          count(numbers <= median) > size(numbers) / 2) return
    end do
  end function
end program
