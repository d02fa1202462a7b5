"""What the benchmarks share: one thread, models, native rungs, and how a row is recorded."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before LibTorch is loaded; child processes inherit it

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import measure
import onnxruntime
import pytest
import torch

import tsrt

HERE = Path(__file__).parent
BUILD = HERE.parent / "build" / "bench"

torch.set_num_threads(1)
clock = measure.Clock()


def pytest_collection_modifyitems(items):
    """Every row plays back durations that `measure.interleave` has taken."""
    for item in items:
        item.add_marker(pytest.mark.benchmark(timer=clock))


@pytest.fixture(scope="session")
def models():
    """The folder with the tests' models."""
    folder = BUILD / "models"
    subprocess.run([sys.executable, HERE.parent / "tests" / "models.py", folder], check=True)
    return folder


@pytest.fixture(scope="session")
def natives():
    """The folder with the native rungs, compiled against the LibTorch that is in use here."""
    folder = BUILD / "native"
    package = Path(tsrt.__file__).parent
    configure = ["cmake", "-S", HERE, "-B", folder, f"-Dtsrt_ROOT={package}"]
    configure.append(f"-DTSRT_TORCH_ROOT={Path(torch.__file__).parent}")
    for command in (configure, ["cmake", "--build", folder]):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def version_of(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


@pytest.fixture(scope="session")
def about():
    """What the figures depend on; it goes into every row."""
    git = ["git", "-C", HERE, "describe", "--always", "--dirty"]
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "cpu": names[0] if names else "unknown",
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "commit": subprocess.run(git, capture_output=True, text=True).stdout.strip() or "unknown",
        "tsrt": tsrt.__version__,
        "torch": torch.__version__,
        "onnxruntime": onnxruntime.__version__,
        "openvino": version_of("openvino"),
    }


@pytest.fixture
def record(benchmark, about):
    """Makes a row of durations, in seconds; facts go beside it as they are."""

    def record(group, side, durations, **facts):
        benchmark.group = group
        benchmark.extra_info.update(facts | about, side=side)
        clock.replay(benchmark, durations)

    return record
