! gelu.f90: the GELU of the published models and its gradient, in Fortran, checked by
! `touchstone check --subject`. The names after bind(C) are those of the steps. Arrays are
! passed by reference as in C; the sizes, which C passes by value, need `value`.
! With real(c_double) it would be a subject of width 8, and say so by touchstone_width.
! docs/your-own-functions.md compiles it.
module mine
    use, intrinsic :: iso_c_binding, only: c_float, c_size_t
    implicit none
    real(c_float), parameter :: a = 0.7978845608_c_float  ! sqrt(2 / pi)
    real(c_float), parameter :: b = 0.044715_c_float
contains
    ! gelu(x) = x (1 + tanh(a (x + b x^3))) / 2
    subroutine gelu(y, x, n) bind(C, name='gelu')
        integer(c_size_t), value :: n
        real(c_float), intent(in) :: x(n)
        real(c_float), intent(out) :: y(n)

        y = x * (1 + tanh(a * (x + b * x**3))) / 2
    end subroutine

    ! dx = dx + dy gelu'(x): gradients are added to what is there
    subroutine gelu_backward(dx, dy, x, n) bind(C, name='gelu_backward')
        integer(c_size_t), value :: n
        real(c_float), intent(in) :: dy(n), x(n)
        real(c_float), intent(inout) :: dx(n)
        real(c_float) :: t(n)

        t = tanh(a * (x + b * x**3))
        dx = dx + dy * ((1 + t) / 2 + x * (1 - t**2) / 2 * a * (1 + 3 * b * x**2))
    end subroutine
end module
