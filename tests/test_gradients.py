"""Models that differentiate while they run, and what their state keeps of that."""

import gc
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import tsrt

X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)


class Field(nn.Module):
    """Energy and forces, with an energy that goes on from call to call."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)
        self.register_buffer("last", torch.zeros(4, 1))

    def forward(self, x: Tensor):
        x = x.detach().requires_grad_(True)
        energy = self.layer(x).tanh() + self.last
        self.last = energy
        force = torch.autograd.grad([energy.sum()], [x])[0]
        assert force is not None
        return energy, -force


class Hidden(nn.Module):
    """Only a submodule's method, that forward does not call, differentiates."""

    def __init__(self):
        super().__init__()
        self.field = Field()

    def forward(self, x: Tensor) -> Tensor:
        return x + 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("gradients")
    torch.jit.script(Field()).save(str(folder / "field.pt"))
    torch.jit.script(Hidden()).save(str(folder / "hidden.pt"))
    return folder


def test_the_same_as_torch_over_calls(folder):
    """Up to rounding: torch.jit rewrites the derivative's formulas from the second call on."""
    model = tsrt.Model(folder / "field.pt")
    theirs = torch.jit.load(folder / "field.pt")
    for i in range(3):
        expected = theirs(torch.from_numpy(X + i))
        for ours, each in zip(model(X + i), expected, strict=True):
            np.testing.assert_allclose(ours, each.detach().numpy(), rtol=1e-5, atol=1e-6)
        theirs.last = theirs.last.detach()
    model.reset()
    assert model.get_attribute("last").tolist() == [[0]] * 4


def test_a_submodules_method_that_differentiates(folder):
    model = tsrt.Model(folder / "hidden.pt")
    assert model(X).tolist() == (X + 1).tolist()
    energy, force = model.run("field.forward", X)
    assert energy.shape == (4, 1)
    assert np.abs(force).sum() > 0


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_state_keeps_no_history(folder):
    """Each call's energies refer to the call's before; with its history that would be 80 MB."""
    model = tsrt.Model(folder / "field.pt")
    x = np.ones((4, 3), np.float32)
    for _ in range(500):
        model(x)
    gc.collect()
    before = resident()
    for _ in range(20000):
        model(x)
    gc.collect()
    assert resident() - before < 8 << 20


def test_weights_keep_asking_for_gradients(folder):
    model = tsrt.Model(folder / "field.pt")
    model.set_attribute("layer.weight", np.ones((1, 3), np.float32))
    clone = model.clone()
    for each in (model, clone):
        assert np.abs(each(X)[1]).sum() > 0
