"""The wheel, built as `pip install .` builds it, serves Python and C wherever it is put."""

import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import tsrt

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
TOUR = EXAMPLES / "tour" / "tour.pt"
EXPECTED = (EXAMPLES / "tour" / "expected.txt").read_text()

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
        [str(part) for part in command], capture_output=True, text=True, timeout=1500, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def needs(*tools):
    missing = [tool for tool in tools if not shutil.which(tool)]
    return pytest.mark.skipif(bool(missing), reason=f"NOT INSTALLED: {', '.join(missing)}")


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
        "tsrt/include/tsrt.hpp",
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


def beside_libtorch(folder):
    """LibTorch as an archive of it would lie there."""
    (folder / "libtorch").symlink_to(Path(find_spec("torch").origin).parent)
    return folder


@pytest.fixture
def installed(tmp_path):
    run("cmake", "--install", ROOT / "build" / "libtsrt", "--prefix", tmp_path / "opt" / "tsrt")
    return beside_libtorch(tmp_path / "opt") / "tsrt"


@pytest.fixture
def unpacked(tmp_path):
    """The archive of `make sdk`, unpacked in a place that its builder did not know."""
    # It is built already, in whichever environment this runs.
    command = ("make", "-C", ROOT, "--no-print-directory", "-o", ".venv/built", "sdk")
    archive = run(*command).splitlines()[-1]
    (tmp_path / "elsewhere").mkdir()
    run("tar", "-xzf", ROOT / archive, "-C", tmp_path / "elsewhere")
    (prefix,) = beside_libtorch(tmp_path / "elsewhere").glob("tsrt-*")
    return prefix


@pytest.fixture(params=["wheel", "installed", "unpacked"])
def prefix(request):
    """A tree of headers and library, as each of the three ways gives it."""
    if request.param == "wheel":
        return request.getfixturevalue("site") / "tsrt"
    return request.getfixturevalue(request.param)


CLEAN = {
    name: value
    for name, value in os.environ.items()
    if name not in ("TSRT_TORCH_ROOT", "LD_LIBRARY_PATH", "PYTHONPATH")
}


@needs("cmake")
def test_cmake(prefix, models, tmp_path):
    """find_package(tsrt), LibTorch beside it, no environment variable at run time."""
    build = tmp_path / "build"
    source = EXAMPLES / "c"
    run("cmake", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", env=CLEAN)
    run("cmake", "--build", build, env=CLEAN)
    assert run(build / "tour", TOUR, env=CLEAN) == EXPECTED
    said = run(build / "example-app", models / "add_one.pt", env=CLEAN)
    assert said.split() == ["ok", *["2.0000"] * 5]


@needs("cmake")
@pytest.mark.parametrize("wanted, found", [("0.1", True), ("0.2", False), ("1.0", False)])
def test_cmake_version(wanted, found, installed, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.22)\nproject(client C)\n"
        f"find_package(tsrt {wanted} REQUIRED)\n"
    )
    done = subprocess.run(
        ["cmake", "-S", tmp_path, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={installed}"],
        capture_output=True,
        text=True,
        env=CLEAN,
    )
    assert (done.returncode == 0) == found, done.stderr
    assert found or "0.1.0" in done.stderr


@needs("pkg-config", "clang")
def test_pkg_config(prefix, tmp_path):
    """Strictly, with two compilers, as C11 and as C++17."""
    env = {**CLEAN, "PKG_CONFIG_PATH": str(prefix / "lib" / "pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "tsrt", env=env).split()
    strict = ["-O1", "-pthread", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    for compiler, standard, source in [
        ("gcc", "c11", "c/tour.c"),
        ("clang", "c11", "c/tour.c"),
        ("g++", "c++17", "c/tour.c"),
        ("clang++", "c++17", "c/tour.c"),
        ("g++", "c++17", "cpp/tour.cpp"),
        ("clang++", "c++17", "cpp/tour.cpp"),
    ]:
        program = tmp_path / f"{compiler}-{Path(source).suffix[1:]}"
        language = ["-x", "c++" if "++" in standard else "c"]
        run(
            *(compiler, f"-std={standard}", *strict, *language, EXAMPLES / source),
            *("-x", "none", *flags, "-o", program),
            env=env,
        )
        assert run(program, TOUR, env=CLEAN) == EXPECTED


def test_config(tmp_path):
    """What `python -m tsrt config` says makes programs that need no environment variable."""
    words = shlex.split(run(sys.executable, "-m", "tsrt", "config", "--cflags", "--libs"))
    program = tmp_path / "tour"
    run("cc", "-std=c11", "-pthread", EXAMPLES / "c" / "tour.c", *words, "-o", program)
    assert run(program, TOUR, env=CLEAN) == EXPECTED


def test_config_answers():
    said = run(sys.executable, "-m", "tsrt", "config", "--version", "--library").splitlines()
    assert said[0] == tsrt.__version__
    assert Path(said[1]).is_file()
    for wrong in ([], ["--nothing"]):
        done = subprocess.run([sys.executable, "-m", "tsrt", "config", *wrong], capture_output=True)
        assert (done.returncode, done.stdout) == (2, b"")
    done = subprocess.run(
        [sys.executable, "-m", "tsrt", "config", "--libs"],
        capture_output=True,
        text=True,
        env={**CLEAN, "TSRT_TORCH_ROOT": "/nowhere"},
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "'/nowhere'" in done.stderr
