"""Builds libtsrt with CMake and the Cython module on top of it.

The library, its headers and its CMake and pkg-config files go into the package (tsrt/lib and
tsrt/include), so that a wheel serves C programs as well. LibTorch is not bundled: the built
package asks for the torch release whose C++ ABI it was compiled for.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).parent.resolve()


def torch_root() -> Path:
    named = os.environ.get("TSRT_TORCH_ROOT")
    if named:
        return Path(named).resolve()
    spec = importlib.util.find_spec("torch")
    if spec is None:
        sys.exit("tsrt is built against LibTorch: install torch first, or set TSRT_TORCH_ROOT")
    return Path(spec.submodule_search_locations[0])


def torch_version(root: Path) -> str:
    header = (root / "include/torch/headeronly/version.h").read_text()
    numbers = dict(re.findall(r"define TORCH_VERSION_(MAJOR|MINOR|PATCH) (\d+)", header))
    return f"{numbers['MAJOR']}.{numbers['MINOR']}.{numbers['PATCH']}"


class BuildLibraryFirst(build_ext):
    """libtsrt goes into the package folder before the module that links it is compiled."""

    def run(self):
        package = HERE / "tsrt" if self.inplace else Path(self.build_lib).resolve() / "tsrt"
        # Kept between builds while developing; a wheel is built from nothing.
        build = (HERE / "build" if self.inplace else Path(self.build_temp).resolve()) / "libtsrt"
        root = torch_root()
        options = [
            "-DCMAKE_BUILD_TYPE=Release",
            "-DCMAKE_INSTALL_LIBDIR=lib",
            f"-DTSRT_TORCH_ROOT={root}",
        ]
        subprocess.check_call(["cmake", "-S", HERE / "libtsrt", "-B", build, *options])
        subprocess.check_call(["cmake", "--build", build, "--parallel", str(os.cpu_count())])
        subprocess.check_call(["cmake", "--install", build, "--prefix", package])
        # A wheel cannot hold links; programs link the versioned name.
        (package / "lib" / "libtsrt.so").unlink(missing_ok=True)
        for extension in self.extensions:
            extension.library_dirs.append(str(package / "lib"))
            extension.runtime_library_dirs.append("$ORIGIN/lib")
            # libtsrt names LibTorch, which is not there to be resolved at link time.
            extension.extra_link_args.append("-Wl,--allow-shlib-undefined")
        super().run()


def minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


# An environment's own scripts come first, also when it is not activated.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
if shutil.which("cmake") is None:
    sys.exit("tsrt is built with CMake: `pip install cmake`, or install your system's")

setup(
    ext_modules=cythonize(
        Extension(
            "tsrt._core",
            ["tsrt/_core.pyx"],
            include_dirs=["include", numpy.get_include()],
            libraries=[":libtsrt.so.0"],
            define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
            depends=[*map(str, Path("tsrt").glob("*.px[id]")), "include/tsrt.h"],
        ),
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "auto_pickle": False,
            "autotestdict": False,
        },
    ),
    cmdclass={"build_ext": BuildLibraryFirst},
    install_requires=["numpy>=1.25", f"torch=={minor(torch_version(torch_root()))}.*"],
)
