"""Inputs held to the signature in the file, and the signature's examples as a warm-up."""

import zipfile

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import tsrt

X = np.ones((3, 4), np.float32)


@pytest.fixture
def annotated(copy_of):
    """A linear layer that says: float32[batch, 4]."""
    path = copy_of("linear")
    tsrt.annotate(path, X, dynamic={"x": {0: "batch"}})
    return path


def test_what_fits(annotated):
    model = tsrt.Model(annotated)
    for n in (1, 3, 100):
        assert model(np.ones((n, 4), np.float32)).shape == (n, 2)
        assert model.run("forward", x=np.ones((n, 4), np.float32)).shape == (n, 2)


@pytest.mark.parametrize(
    ("x", "what"),
    [
        (X.astype(np.float64), r"float64\[3, 4\]"),
        (X[0], r"float32\[4\]"),
        (np.ones((3, 5), np.float32), r"float32\[3, 5\]"),
        (X[None], r"float32\[1, 3, 4\]"),
    ],
)
def test_what_does_not(annotated, x, what):
    model = tsrt.Model(annotated)
    message = rf"input 'x' is {what} and has to be float32\[batch, 4\].*signature"
    for call in (model, lambda y: model.run("forward", y), lambda y: model(y, out=X)):
        with pytest.raises(tsrt.InvalidArgumentError, match=message):
            call(x)
    assert model(X).shape == (3, 2)
    if x.shape[-1] == 4 and x.dtype == np.float32:
        assert tsrt.Model(annotated, signature=False)(x).shape == (*x.shape[:-1], 2)


class Join(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.cat([a, b])


def test_a_name_is_one_size(tmp_path):
    path = tmp_path / "join.pt"
    torch.jit.script(Join()).save(str(path))
    tsrt.annotate(path, (X[0], X[1]), dynamic={"a": {0: "n"}, "b": {0: "n"}})
    model = tsrt.Model(path)
    assert model(X[0, :2], X[0, :2]).shape == (4,)
    with pytest.raises(tsrt.InvalidArgumentError, match=r"has to be float32\[n\] with n = 2"):
        model(X[0, :2], X[0])


def test_annotating_again_with_other_shapes(annotated):
    tsrt.annotate(annotated, np.ones((7, 4), np.float32))
    assert tsrt.Model(annotated)(np.ones((7, 4), np.float32)).shape == (7, 2)
    with pytest.raises(tsrt.InvalidArgumentError, match=r"float32\[7, 4\]"):
        tsrt.Model(annotated)(X)


def test_warm_up_leaves_the_state(copy_of, load):
    path = copy_of("counter")
    tsrt.annotate(path, X[0])
    assert tsrt.Model(path, warmup=True)(X[0]).tolist() == load("counter")(X[0]).tolist()
    with pytest.raises(tsrt.NotFoundError, match="has no signature"):
        load("counter", warmup=True)


def test_a_damaged_signature(annotated, tmp_path):
    path = tmp_path / "damaged.pt"
    with zipfile.ZipFile(annotated) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, b"forward zero x y" if name.endswith("inputs.txt") else data)
    with pytest.raises(tsrt.NotAModelError, match=r"signature is damaged .'forward zero x y'"):
        tsrt.Model(path)
    assert tsrt.Model(path, signature=False)(X).shape == (3, 2)
