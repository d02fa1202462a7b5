"""The wheel, built as `pip install .` builds it, serves Python and C wherever it is put."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PYTHON = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy, tsrt
assert tsrt.__file__.startswith(sys.argv[1])
print(tsrt.Model(sys.argv[2])(numpy.ones(3, numpy.float32)).tolist(), "torch" in sys.modules)
"""

CTYPES = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1] + "/tsrt/lib/libtsrt.so.0")
library.tsrt_torch_version.restype = ctypes.c_char_p
print(library.tsrt_torch_version().decode())
"""


def run(*command, **options):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=500, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy of the sources, in pip's isolated environment."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    files = run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines()
    for name in files:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, source)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def site(wheel, tmp_path):
    """A site-packages folder with the wheel, torch and NumPy in it, moved after it was made."""
    made = tmp_path / "made"
    run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", made, wheel)
    for name in ("torch", "numpy", "numpy.libs"):
        folder = Path(find_spec("numpy").origin).parent.parent / name
        if folder.exists():
            (made / name).symlink_to(folder)
    return made.rename(tmp_path / "moved")


def test_contents(wheel):
    names = run("unzip", "-Z1", wheel).splitlines()
    for wanted in (
        "tsrt/__init__.py",
        "tsrt/_core.pyi",
        "tsrt/py.typed",
        "tsrt/include/tsrt.h",
        "tsrt/lib/libtsrt.so.0",
        "tsrt/lib/cmake/tsrt/tsrt-config.cmake",
        "tsrt/lib/pkgconfig/tsrt.pc",
    ):
        assert wanted in names
    assert not [name for name in names if name.endswith((".pyx", ".pxi", ".c", ".cpp"))]
    metadata = run("unzip", "-p", wheel, "*/METADATA")
    assert "Requires-Dist: torch==2.13.*" in metadata
    assert wheel.stat().st_size < 2 << 20


def test_python(site, models):
    output = run(sys.executable, "-I", "-S", "-c", PYTHON, site, models / "add_one.pt")
    assert output.strip() == "[2.0, 2.0, 2.0] False"


def test_dlopen_alone(site):
    """Any language can open the library: it finds LibTorch beside itself."""
    version = run(sys.executable, "-I", "-S", "-c", CTYPES, site).strip()
    assert version.startswith("2.13.")


def test_no_path_of_the_build_machine(site):
    """Python's own build settings may add a path to the module; libtsrt has none."""
    dynamic = run("readelf", "-d", site / "tsrt/lib/libtsrt.so.0")
    (line,) = [line for line in dynamic.splitlines() if "RUNPATH" in line or "RPATH" in line]
    paths = line.split("[")[1].rstrip("]").split(":")
    assert all(path.startswith("$ORIGIN") for path in paths), line


@pytest.mark.skipif(not shutil.which("cmake"), reason="CMAKE IS NOT INSTALLED")
def test_c_program(site, models, tmp_path):
    """find_package(tsrt) in the wheel, LibTorch beside it, no environment variable at run time."""
    build = tmp_path / "build"
    clean = {k: v for k, v in os.environ.items() if k not in ("TSRT_TORCH_ROOT", "LD_LIBRARY_PATH")}
    run(
        *("cmake", "-S", ROOT / "examples/c", "-B", build),
        f"-DCMAKE_PREFIX_PATH={site / 'tsrt'}",
        env=clean,
    )
    run("cmake", "--build", build, env=clean)
    done = subprocess.run(
        [build / "example-app", models / "add_one.pt"], capture_output=True, text=True, env=clean
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["ok", *["2.0000"] * 5]
