"""Where the parts of tsrt lie that other languages need: `python -m tsrt config`.

Nothing of LibTorch is loaded for it.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from tsrt import __version__, _libtorch

PREFIX = Path(__file__).parent
LIBRARY = next((PREFIX / "lib").glob("libtsrt.so.*"), PREFIX / "lib" / "libtsrt.so.0")


def _libtorch_elsewhere() -> Path | None:
    """LibTorch's lib folder, where libtsrt would not find it by itself."""
    root = _libtorch.find_root()
    beside = [PREFIX.parent / name for name in ("torch", "libtorch")]
    found = any(folder.resolve() == root.resolve() for folder in beside if folder.exists())
    return None if found else root / "lib"


def cflags() -> str:
    """What a compiler needs."""
    return shlex.join([f"-I{PREFIX / 'include'}"])


def libs() -> str:
    """What a linker needs; the program then runs without any environment variable."""
    words = [f"-L{LIBRARY.parent}", f"-l:{LIBRARY.name}", f"-Wl,-rpath,{LIBRARY.parent}"]
    torch = _libtorch_elsewhere()
    if torch:
        # Named by the program itself, whose run path does not hold for what libtsrt needs.
        words += ["-Wl,--no-as-needed", f"-L{torch}", "-lc10", "-ltorch_cpu", f"-Wl,-rpath,{torch}"]
    return shlex.join(words)


def env() -> str:
    """Shell commands that set what pkg-config and the languages without a linker look at."""
    variables = {"TSRT_LIBRARY": LIBRARY, "PKG_CONFIG_PATH": PREFIX / "lib" / "pkgconfig"}
    torch = _libtorch_elsewhere()
    if torch:
        variables["LD_LIBRARY_PATH"] = torch
    lines = []
    for name, path in variables.items():
        others = os.environ.get(name) if name.endswith("_PATH") else None
        lines.append(f"export {name}={shlex.quote(f'{path}:{others}' if others else str(path))}")
    return "\n".join(lines)


# What can be asked for, in the order of `--help`.
ANSWERS = {
    "cflags": (cflags, "options for a C or C++ compiler"),
    "libs": (libs, "options for the linker"),
    "env": (env, "shell commands for pkg-config and languages that open the library: eval them"),
    "prefix": (lambda: str(PREFIX), "for CMAKE_PREFIX_PATH"),
    "cmake-dir": (lambda: str(PREFIX / "lib" / "cmake" / "tsrt"), "for tsrt_DIR"),
    "include-dir": (lambda: str(PREFIX / "include"), "the folder of tsrt.h and tsrt.hpp"),
    "lib-dir": (lambda: str(LIBRARY.parent), "the folder of the library"),
    "library": (lambda: str(LIBRARY), "the library"),
    "torch-root": (lambda: str(_libtorch.find_root()), "the LibTorch that it is used with"),
    "torch-version": (_libtorch.built_for, "the LibTorch that it was built for"),
    "version": (lambda: __version__, "tsrt's version"),
}
