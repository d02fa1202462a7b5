"""Finds LibTorch and maps it into the process, without importing the Python package `torch`.

libtsrt names LibTorch's libraries and not where they are; the dynamic linker takes those that are
mapped already. So this comes first, and says what is wrong before a symbol could be missing.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import re
from collections.abc import Iterator
from pathlib import Path

from tsrt.errors import LibTorchError

_LIBRARIES = ("libc10.so", "libtorch_cpu.so")
_SPINNING = "GOMP_SPINCOUNT"


def built_for() -> str:
    """The LibTorch version that libtsrt was built against, such as "2.13.0"."""
    return (Path(__file__).parent / "lib" / "built-for-libtorch").read_text().strip()


def version_of(root: Path) -> str:
    """The version of an unpacked LibTorch or of an installed torch package; "" if unknown."""
    for name in ("version.py", "build-version"):
        try:
            found = re.search(r"\d+\.\d+\.\d+", (root / name).read_text())
        except OSError:
            continue
        if found:
            return found.group()
    return ""


def find_root() -> Path:
    """TSRT_TORCH_ROOT if it is set, else the installed torch package."""
    named = os.environ.get("TSRT_TORCH_ROOT")
    if named:
        root = Path(named)
        if not (root / "lib" / _LIBRARIES[1]).exists():
            raise LibTorchError(
                f"TSRT_TORCH_ROOT is '{named}', and there is no lib/{_LIBRARIES[1]} in it: "
                "name the folder of an unpacked LibTorch or of an installed torch package"
            )
        return root
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        minor = _minor(built_for())
        raise LibTorchError(
            f"LibTorch {minor} was not found: `pip install torch=={minor}.*`, "
            "or set TSRT_TORCH_ROOT to an unpacked LibTorch"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def mapped_root() -> Path | None:
    """Where the LibTorch is from that this process has mapped already, if it has."""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            if line.rstrip("\n").endswith("/" + _LIBRARIES[1]):
                return Path("/" + line.rstrip("\n").split("/", 1)[1]).parent.parent
    return None


def load() -> None:
    """Maps LibTorch. One that is there already is used if it is of the right version."""
    if _in_subinterpreter():
        raise LibTorchError(
            "tsrt does not run in a subinterpreter (nor does NumPy): use threads, since calls run "
            "without the interpreter's lock, or processes"
        )
    present = mapped_root()
    root = present or find_root()
    found, wanted = version_of(root), built_for()
    if _minor(found) != _minor(wanted):
        where = f"already in this process, from {root}" if present else f"in {root}"
        expected = f" (tsrt would use {find_root()})" if present else ""
        raise LibTorchError(
            f"this tsrt was built for LibTorch {_minor(wanted)} and the one {where}, is "
            f"{found or 'of unknown version'}{expected}: install torch=={_minor(wanted)}.*, or "
            "rebuild with `pip install --no-build-isolation --no-deps --force-reinstall tsrt`"
        )
    if present:
        return
    with _short_spinning():
        for name in _LIBRARIES:
            _map(root / "lib" / name)


@contextlib.contextmanager
def _short_spinning() -> Iterator[None]:
    """Lets the threads of one operator wait for each other asleep, soon after they have begun to.

    By default libgomp has them spin for milliseconds, also on a core that other work needs.
    ResNet-18 on two threads, beside a process that keeps one of two cores busy: 107 ms a call on
    average, and 53 so; on idle cores 29 and 32 ms. libgomp reads its settings while it is loaded,
    and those of the user hold.
    """
    chosen = any(name in os.environ for name in ("OMP_WAIT_POLICY", _SPINNING))
    if chosen:
        yield
        return
    os.environ[_SPINNING] = "1000"
    try:
        yield
    finally:
        del os.environ[_SPINNING]


def _in_subinterpreter() -> bool:
    get, get_id = ctypes.pythonapi.PyInterpreterState_Get, ctypes.pythonapi.PyInterpreterState_GetID
    get.restype = ctypes.c_void_p
    get_id.argtypes, get_id.restype = [ctypes.c_void_p], ctypes.c_int64
    return get_id(get()) != 0


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _map(path: Path) -> None:
    try:
        ctypes.CDLL(str(path))
    except OSError as error:
        advice = "reinstall torch"
        if "static TLS" in str(error):
            gomp = next(path.parent.glob("libgomp*"), "libgomp.so.1")
            advice = (
                f"start the process with LD_PRELOAD={gomp}, or with "
                "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=8192"
            )
        raise LibTorchError(f"LibTorch cannot be loaded: {error}: {advice}") from error
