"""What tsrt does to the process it is in: which LibTorch it takes, and what it never imports."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tsrt
from tsrt import _libtorch

ANSWER = """
import json, sys
import tsrt
before = sorted(sys.modules)
import numpy as np
y = tsrt.Model(sys.argv[1])(np.ones(3, np.float32))
print(json.dumps({"y": y.tolist(), "before": before, "modules": sorted(sys.modules),
                  "maps": open("/proc/self/maps").read()}))
"""

ERROR = """
import json, sys
import tsrt
try:
    tsrt.Model(sys.argv[1])
except tsrt.LibTorchError as error:
    print(json.dumps(str(error)))
"""


def test_torch_is_never_imported(models, run_python):
    answer = run_python(ANSWER, models / "add_one.pt")
    assert answer["y"] == [2, 2, 2]
    assert "torch" not in answer["modules"]
    assert "libtorch_python" not in answer["maps"]


def test_importing_is_light(models, run_python):
    before = run_python(ANSWER, models / "add_one.pt")["before"]
    assert not {"numpy", "tsrt._core", "ctypes"} & set(before)


TOGETHER = """
import json, sys
if sys.argv[2] == "torch first":
    import torch
import tsrt, numpy as np
model = tsrt.Model(sys.argv[1])
y = model(np.ones(3, np.float32))
import torch
z = torch.jit.load(sys.argv[1])(torch.ones(3))
maps = {line.split()[-1] for line in open("/proc/self/maps") if "libtorch_cpu.so" in line}
print(json.dumps([y.tolist(), z.tolist(), model(z).tolist(), len(maps)]))
"""


@pytest.mark.parametrize("order", ["torch first", "tsrt first"])
def test_beside_torch(models, run_python, order):
    twos, threes = [2.0] * 3, [3.0] * 3
    assert run_python(TOGETHER, models / "add_one.pt", order) == [twos, twos, threes, 1]


@pytest.fixture
def torch_root():
    return _libtorch.find_root()


def imitate(torch_root, folder, version):
    """A LibTorch that calls itself another version, with the libraries of the real one."""
    (folder / "lib").mkdir(parents=True)
    for library in (torch_root / "lib").glob("*.so*"):
        (folder / "lib" / library.name).symlink_to(library)
    (folder / "build-version").write_text(version + "\n")
    return folder


def test_root_by_environment(models, run_python, torch_root, tmp_path):
    version = _libtorch.version_of(torch_root)
    root = imitate(torch_root, tmp_path / "libtorch", version)
    answer = run_python(ANSWER, models / "add_one.pt", TSRT_TORCH_ROOT=str(root))
    assert answer["y"] == [2, 2, 2]


def test_missing_libtorch(models, run_python, tmp_path):
    code = "import importlib.util as u; u.find_spec = lambda name: None\n" + ERROR
    message = run_python(code, models / "add_one.pt")
    assert "LibTorch 2.13 was not found: `pip install torch==2.13.*`" in message
    message = run_python(ERROR, models / "add_one.pt", TSRT_TORCH_ROOT=str(tmp_path))
    assert f"TSRT_TORCH_ROOT is '{tmp_path}', and there is no lib/libtorch_cpu.so" in message


def test_another_minor_version(models, run_python, torch_root, tmp_path):
    root = imitate(torch_root, tmp_path / "libtorch", "2.99.1")
    message = run_python(ERROR, models / "add_one.pt", TSRT_TORCH_ROOT=str(root))
    assert "built for LibTorch 2.13" in message
    assert f"the one in {root}, is 2.99.1" in message
    assert "rebuild" in message


SECOND = """
import ctypes
for name in ("libc10.so", "libtorch_cpu.so"):
    ctypes.CDLL(sys.argv[2] + "/lib/" + name)
"""


def test_a_second_libtorch(models, run_python, torch_root, tmp_path):
    """One that is mapped already is used if it matches, and refused with both paths if not."""
    root = tmp_path / "other"
    (root / "lib").mkdir(parents=True)
    for library in (torch_root / "lib").glob("*.so*"):
        try:
            (root / "lib" / library.name).hardlink_to(library)
        except OSError:
            shutil.copy(library, root / "lib" / library.name)
    (root / "build-version").write_text("2.98.0\n")
    code = "import sys\n" + SECOND + ERROR
    message = run_python(code, models / "add_one.pt", root)
    assert f"already in this process, from {root}" in message
    assert f"(tsrt would use {torch_root})" in message

    (root / "build-version").write_text(_libtorch.version_of(torch_root) + "\n")
    answer = run_python("import sys\n" + SECOND + ANSWER, models / "add_one.pt", root)
    assert answer["y"] == [2, 2, 2]
    assert f"{root}/lib/libtorch_cpu.so" in answer["maps"]
    assert f"{torch_root}/lib/libtorch_cpu.so" not in answer["maps"]


def test_versions():
    assert tsrt.torch_version().startswith("2.")
    assert _libtorch.built_for() == tsrt.torch_version()
    header = (Path(tsrt.__file__).parent / "include" / "tsrt.h").read_text()
    assert f'#define TSRT_VERSION "{tsrt.__version__}"' in header
    project = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    assert f'version = "{tsrt.__version__}"' in project


def test_devices():
    assert "cpu" in tsrt.devices()


def test_every_name_is_there():
    for name in tsrt.__all__:
        assert getattr(tsrt, name) is not None
    assert set(tsrt.__all__) <= set(dir(tsrt))
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        _ = tsrt.absent


def test_error_classes():
    builtins = {
        tsrt.InvalidArgumentError: (ValueError, TypeError),
        tsrt.NotFoundError: (FileNotFoundError,),
        tsrt.NotAModelError: (ValueError,),
        tsrt.UnsupportedError: (NotImplementedError,),
        tsrt.MissingOperatorError: (NotImplementedError,),
        tsrt.OutOfMemoryError: (MemoryError,),
        tsrt.TimedOutError: (TimeoutError,),
        tsrt.LibTorchError: (ImportError,),
    }
    for kind, bases in builtins.items():
        for base in (tsrt.Error, RuntimeError, *bases):
            assert issubclass(kind, base)
    codes = {kind.code for kind in vars(tsrt.errors).values() if getattr(kind, "code", 0)}
    assert codes == set(range(1, 13))  # the codes of tsrt.h
    assert sys.modules["tsrt.errors"].from_code(99, "new", "").code == 10


SPINNING = """
import json, os, sys, tsrt
tsrt.torch_version()
print(json.dumps([os.environ.get("GOMP_SPINCOUNT"), "torch" in sys.modules]))
"""


@pytest.mark.parametrize(("setting", "wanted"), [({}, "1000"), ({"GOMP_SPINCOUNT": "7"}, "7")])
def test_threads_of_operators_spin_for_a_short_time(setting, wanted, tmp_path):
    """... unless the user says otherwise; and child processes do not inherit it."""
    environment = {**os.environ, "OMP_DISPLAY_ENV": "VERBOSE", **setting}
    done = subprocess.run(
        [sys.executable, "-c", SPINNING], env=environment, capture_output=True, text=True
    )
    assert f"GOMP_SPINCOUNT = '{wanted}'" in done.stderr
    assert json.loads(done.stdout) == [setting.get("GOMP_SPINCOUNT"), False]
