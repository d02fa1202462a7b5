"""Weights left in the file: the same answers from memory that processes share."""

import numpy as np
import pytest
import torch
from archives import scripted
from torch import Tensor, nn

import tsrt

N = 1000


class Big(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(N, N)
        self.register_buffer("sum", torch.zeros(N * 20))

    def forward(self, x: Tensor) -> Tensor:
        self.sum.add_(1)
        return self.layer(x) + self.sum[0]


@pytest.fixture
def big(tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(scripted(Big()))
    return path


def private_memory(run_python, path, mmap):
    """How many bytes of its own a process has more after loading."""
    code = """
import json, sys, tsrt
def private():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return sum(int(l.split()[1]) for l in lines if l.startswith("Private_Dirty")) * 1024
tsrt.Model(sys.argv[1]).close()
before = private()
models = [tsrt.Model(sys.argv[1], mmap=sys.argv[2] == "True") for _ in range(4)]
print(json.dumps(private() - before))
"""
    return run_python(code, path, mmap)


def test_memory_is_shared(big, run_python):
    weight = 4 * N * N
    assert private_memory(run_python, big, False) > 3 * weight
    assert private_memory(run_python, big, True) < weight


def test_same_answers_and_own_state(big):
    x = np.ones(N, np.float32)
    before = big.read_bytes()
    for verify in (True, False):
        model, mapped = tsrt.Model(big), tsrt.Model(big, mmap=True, verify=verify)
        other = mapped.clone()
        for _ in range(3):
            assert np.array_equal(mapped(x), model(x))
        assert np.array_equal(other(x), tsrt.Model(big, mmap=True)(x))
    assert big.read_bytes() == before


def test_the_mapping_outlives_the_model(big):
    mapped = tsrt.Model(big, mmap=True)
    other = mapped.clone()
    expected = tsrt.Model(big)(np.ones(N, np.float32))
    mapped.close()
    big.unlink()
    assert np.array_equal(other(np.ones(N, np.float32)), expected)


def test_small_and_buffers(models, big):
    x = np.ones(4, np.float32)
    path = models / "linear.pt"
    assert np.array_equal(tsrt.Model(path, mmap=True)(x), tsrt.Model(path)(x))
    with pytest.raises(tsrt.InvalidArgumentError, match="only a file can be mapped"):
        tsrt.Model(path.read_bytes(), mmap=True)
