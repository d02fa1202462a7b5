"""Python objects of any kind as arguments: a bounded run of what `make fuzz` does for longer."""

import sys
from pathlib import Path

import numpy as np
import pytest

import tsrt

HERE = Path(__file__).parent / "fuzz"
sys.path.insert(0, str(HERE))

import odd  # noqa: E402


def test_odd_arguments(models):
    random = np.random.default_rng(3)
    player = odd.Player(models)
    for path in sorted((HERE / "findings" / "python").glob("*")):
        player.play(path.read_bytes())
    for _ in range(800):
        player.play(random.bytes(int(random.integers(1, 60))))
    player.settle()


@pytest.mark.parametrize("answer", [(), [], (1,), None, 3, (1, 0, 0), memoryview(np.ones((2, 2)))])
def test_device_that_is_none(load, answer):
    class Exports:
        def __dlpack_device__(self):
            return answer

        def __dlpack__(self, **options):
            raise AssertionError

    with pytest.raises(tsrt.InvalidArgumentError, match="a pair of numbers"):
        load("identity")(Exports())


@pytest.mark.parametrize("version", [(), [], (0, 8)])
def test_version_that_is_none(version):
    with pytest.raises(BufferError):
        tsrt.Tensor(np.ones(1)).__dlpack__(max_version=version)


def test_huge_int(load):
    with pytest.raises(tsrt.InvalidArgumentError, match="does not fit into 64"):
        load("kinds").run("echo", 10**5000)
