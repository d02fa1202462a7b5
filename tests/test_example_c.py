"""examples/c: built with CMake and with make, its numbers held against torch's."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

import tsrt

EXAMPLE = Path(__file__).parents[1] / "examples" / "c"
PACKAGE = Path(tsrt.__file__).parent
TORCH = Path(importlib.util.find_spec("torch").submodule_search_locations[0])


def run(*command, **environment):
    # Where LibTorch is, the program has to know by itself.
    env = {key: value for key, value in os.environ.items() if key != "LD_LIBRARY_PATH"}
    return subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        env={**env, **environment},
        timeout=300,
    )


def succeed(*command, **environment):
    done = run(*command, **environment)
    assert done.returncode == 0, done.stdout + done.stderr


def need(*tools):
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        pytest.skip(f"NOT INSTALLED: {', '.join(missing)}, so the example is not built this way")


def build_with_cmake(folder):
    need("cmake")
    found = [f"-DCMAKE_PREFIX_PATH={PACKAGE}", f"-DTSRT_TORCH_ROOT={TORCH}"]
    succeed("cmake", "-S", EXAMPLE, "-B", folder / "build", *found)
    succeed("cmake", "--build", folder / "build")
    return folder / "build" / "example-app"


def build_with_make(folder):
    need("make", "pkg-config")
    shutil.copytree(EXAMPLE, folder / "c")
    found = str(PACKAGE / "lib" / "pkgconfig")
    succeed("make", "-C", folder / "c", f"TSRT_TORCH_ROOT={TORCH}", PKG_CONFIG_PATH=found)
    return folder / "c" / "example-app"


@pytest.fixture(scope="module", params=[build_with_cmake, build_with_make])
def program(request, tmp_path_factory):
    return request.param(tmp_path_factory.mktemp("example"))


def test_prints_what_torch_computes(program, tmp_path):
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 7, stride=4),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(8, 10),
    ).eval()
    ones = torch.ones(1, 3, 224, 224)
    with torch.no_grad():
        torch.jit.trace(model, ones).save(str(tmp_path / "model.pt"))
        expected = model(ones)[0, :5].tolist()
    done = run(program, tmp_path / "model.pt")
    assert (done.returncode, done.stderr) == (0, "")
    first, second, *more = done.stdout.splitlines()
    assert (first, more) == ("ok", [])
    # Four decimals are printed; the last one may round either way.
    assert [float(word) for word in second.split(" ")] == pytest.approx(expected, abs=1e-4)


def test_says_what_is_wrong(program, models, tmp_path):
    done = run(program, tmp_path / "absent.pt")
    assert (done.returncode, done.stdout) == (1, "")
    assert "absent.pt" in done.stderr
    assert "No such file" in done.stderr
    done = run(program, models / "linear.pt")  # which wants rows of four numbers
    assert (done.returncode, done.stdout) == (1, "ok\n")
    assert "float32[1, 3, 224, 224]" in done.stderr
    done = run(program)
    assert (done.returncode, done.stderr) == (1, "usage: example-app model.pt\n")
