"""Fixtures that every test shares."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import models as model_zoo
import pytest

import tsrt


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """The folder with every model of models.py."""
    folder = tmp_path_factory.mktemp("models")
    model_zoo.write_all(folder)
    return folder


@pytest.fixture
def load(models):
    """Loads a model of models.py by name."""
    return lambda name, **options: tsrt.Model(models / f"{name}.pt", **options)


@pytest.fixture
def copy_of(models, tmp_path):
    """A copy of a model of models.py, to be changed."""

    def copy(name):
        path = tmp_path / f"{name}.pt"
        path.write_bytes((models / path.name).read_bytes())
        return path

    return copy


@pytest.fixture(autouse=True)
def no_leaked_handles():
    """Whatever a test makes in the library has to be gone when it ends, also after failures."""
    gc.collect()
    before = tsrt.live_handles()
    yield
    gc.collect()
    assert tsrt.live_handles() <= before


@pytest.fixture
def run_python(tmp_path):
    """Runs code in a fresh interpreter; it prints one JSON document, which is returned."""

    def run(code, *arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **environment},
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def corpus():
    """The folder of models from other projects, which may lie beside this one."""
    folder = Path(__file__).parents[2] / "shared" / "corpus"
    if not folder.exists():
        pytest.skip("the corpus of other projects' models is not here (../shared/corpus)")
    return folder


def pytest_collection_modifyitems(items):
    """Tests marked cuda run where there is a device and say loudly when there is none."""
    marked = [item for item in items if item.get_closest_marker("cuda")]
    if marked and not _has_cuda():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="NO CUDA DEVICE: run `make gpu-test` on one"))


def _has_cuda():
    try:
        tsrt.Tensor(bytearray(4), device="cuda")
    except tsrt.DeviceError:
        return False
    return True
