"""The exceptions that tsrt raises.

All are `tsrt.Error`, and each also inherits the builtin exception that people catch for such a
case. `code` is the error code of the C API (see tsrt.h); `detail` is the longer story where there
is one, such as the traceback through the model's code.
"""

from __future__ import annotations


class Error(RuntimeError):
    """Base of all tsrt errors. The message says what is wrong and what to do."""

    code: int = 0

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class InvalidArgumentError(Error, ValueError, TypeError):
    """The call is wrong: shape, dtype, number or kind of arguments, or an option."""

    code = 1


class NotFoundError(Error, FileNotFoundError):
    """There is no such file or method."""

    code = 2


class NotAModelError(Error, ValueError):
    """The file is something other than a TorchScript archive, or is damaged."""

    code = 3


class UnsupportedError(Error, NotImplementedError):
    """Well-formed, and beyond what this build of tsrt can do."""

    code = 4


class MissingOperatorError(Error, NotImplementedError):
    """The model needs an operator or class that this LibTorch does not have."""

    code = 5


class ModelError(Error):
    """Raised inside the model while it ran; `detail` has the traceback."""

    code = 6


class DeviceError(Error):
    """The device is absent, or failed."""

    code = 7


class OutOfMemoryError(Error, MemoryError):
    """There is not enough memory on the host or on the device."""

    code = 8


class NotTrustedError(Error, PermissionError):
    """Refused for safety."""

    code = 9


class InternalError(Error):
    """A defect in tsrt or LibTorch: please report it."""

    code = 10


class TimedOutError(Error, TimeoutError):
    """The call took longer than its timeout, and was stopped."""

    code = 11


class CancelledError(Error):
    """The call was stopped by Model.cancel."""

    code = 12


class LibTorchError(Error, ImportError):
    """LibTorch is missing, or is not the one that this tsrt was built for."""


_by_code = {
    kind.code: kind
    for kind in (
        InvalidArgumentError,
        NotFoundError,
        NotAModelError,
        UnsupportedError,
        MissingOperatorError,
        ModelError,
        DeviceError,
        OutOfMemoryError,
        NotTrustedError,
        InternalError,
        TimedOutError,
        CancelledError,
    )
}


def from_code(code: int, message: str, detail: str) -> Error:
    """The exception for an error code of the C API."""
    return _by_code.get(code, InternalError)(message, detail)
