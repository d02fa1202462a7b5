!> A walk through the binding: prints what ../tour/expected.txt says.
program tour
  use, intrinsic :: iso_fortran_env, only: real32, real64, error_unit, output_unit
  use tsrt
  implicit none
  character(1000) :: path
  type(tsrt_model) :: model
  type(tsrt_error) :: error

  if (command_argument_count() /= 1) then
    write (error_unit, '(a)') 'usage: tour model.pt'
    stop 1, quiet=.true.
  end if
  call get_command_argument(1, path)
  call model%load('absent.pt', error=error)
  call show(error)
  call model%load(path)
  call rows
  call shares
  call averages
  call parallel
  call model%release()
  print '(a,i0)', 'live handles: ', tsrt_live_handles()

contains

  subroutine show(error)
    type(tsrt_error), intent(in) :: error
    if (error%code /= 0) print '(a,i0,2a)', 'error ', error%code, ': ', error%message
  end subroutine

  !> The array's shape is [2,3], its order of memory Fortran's: nothing is copied.
  subroutine rows
    real(real32), target :: x(2,3) = reshape([0, 1, 2, 3, 4, 5], [2, 3], order=[2, 1]), mine(2,2)
    real(real32), pointer :: theirs(:,:)
    type(tsrt_managed_tensor) :: y
    call model%forward(tsrt_tensor(x), y)
    call y%view(theirs)
    print '(a,i0,", ",i0,2a)', 'forward: [', y%shape(), ']', fixed(theirs)
    call model%forward_into(tsrt_tensor(x), tsrt_tensor(mine))
    print '(2a)', 'into:', fixed(mine)
  end subroutine

  subroutine shares
    type(tsrt_value) :: amounts(2), args(2), result, key, share
    character(:), allocatable :: name
    real(real64) :: number
    integer :: i
    call amounts(1)%set(1.0)
    call amounts(2)%set(3.0)
    call args(1)%set('größe-')
    call args(2)%set_dict([character(6) :: 'links', 'rechts'], amounts)
    call model%run('shares', args, result)
    write (output_unit, '(a)', advance='no') 'shares:'
    do i = 1, result%size()
      call result%entry(i, key, share)
      call key%get(name)
      call share%get(number)
      write (output_unit, '(1x,a,f5.3)', advance='no') name // '=', number
    end do
    print '(a)', ''
  end subroutine

  subroutine averages
    real(real64) :: so_far(4)
    so_far = [average([1.0, 1.0]), average([2.0, 2.0]), average([3.0, 3.0]), average([real ::])]
    print '(a,3(1x,f5.3))', 'average:', so_far(1:3)
    call show(error)
    print '(a,1x,f5.3)', 'average:', average([4.0, 4.0])
  end subroutine

  real(real64) function average(numbers)
    real(real32), intent(in), target :: numbers(:)
    type(tsrt_value) :: args(1), result
    average = 0
    call args(1)%set(tsrt_tensor(numbers))
    call model%run('average', args, result, error)
    if (error%code == 0) call result%get(average)
  end function

  subroutine parallel
    real(real32), target :: x(2,3) = reshape([0, 1, 2, 3, 4, 5], [2, 3], order=[2, 1]), first(2,2)
    integer :: i, same
    call model%forward_into(tsrt_tensor(x), tsrt_tensor(first))
    same = 0
    !$omp parallel do num_threads(4) schedule(static) reduction(+:same)
    do i = 1, 1000
      if (repeats(x, first)) same = same + 1
    end do
    if (same == 1000) print '(a)', 'parallel: 4 threads, 1000 calls, all the same'
  end subroutine

  !> A procedure of its own, so that each thread has an output of its own.
  logical function repeats(x, answer)
    real(real32), intent(in), target :: x(:,:)
    real(real32), intent(in) :: answer(:,:)
    real(real32), pointer :: p(:,:)
    type(tsrt_managed_tensor) :: y
    call model%forward(tsrt_tensor(x), y)
    call y%view(p)
    repeats = all(p == answer)
  end function

  !> The numbers row by row, each with a blank before it and three decimals.
  function fixed(a) result(text)
    real(real32), intent(in) :: a(:,:)
    character(:), allocatable :: text
    character(20) :: number
    integer :: i, j
    text = ''
    do i = 1, size(a, 1)
      do j = 1, size(a, 2)
        write (number, '(f12.3)') a(i,j)
        text = text // ' ' // trim(adjustl(number))
      end do
    end do
  end function
end program
