"""A model's attributes, modes and submodules from outside, and the way back to the loaded state."""

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from same import assert_same
from torch import Tensor, nn

import tsrt

X = np.arange(6, dtype=np.float32).reshape(2, 3)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
        self.norm = nn.BatchNorm1d(3)
        self.scale = 2

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.norm(x)) * self.scale

    @torch.jit.export
    def double(self, x: Tensor) -> Tensor:
        return x * 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.drop = nn.Dropout(0.5)
        self.register_buffer("total", torch.zeros(3))
        self.names: list[str] = ["a"]
        self.table: dict[str, Tensor] = {"one": torch.ones(2)}

    def forward(self, x: Tensor) -> Tensor:
        self.total += x.sum(0)
        self.names.append("b")
        return self.drop(self.encoder(x))

    @torch.jit.export
    def train(self, epochs: int) -> int:
        return epochs + 1


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("attributes") / "net.pt"
    module = Net()
    nn.Module.train(module, False)
    torch.jit.script(module).save(str(path))
    torch.jit.freeze(torch.jit.script(nn.Sequential(nn.Linear(3, 2)).eval())).save(
        str(path.with_name("frozen.pt"))
    )
    return path


def address(array):
    return array.__array_interface__["data"][0]


def test_state_dict_is_torchs(path):
    model = tsrt.Model(path)
    theirs = torch.jit.load(path).state_dict()
    ours = model.state_dict()
    assert set(ours) == set(theirs)
    for name, tensor in theirs.items():
        assert_same(ours[name], tensor)
    assert set(model.parameters()) == {name for name, _ in torch.jit.load(path).named_parameters()}


def test_reading_copies_nothing(path):
    model = tsrt.Model(path)
    weight = model.get_attribute("encoder.layer.weight")
    assert address(weight) == address(model.get_attribute("encoder.layer.weight"))
    assert not weight.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        weight[0] = 1
    assert model.get_attribute("names") == ["a"]
    assert model.get_attribute("table")["one"].tolist() == [1, 1]
    assert model.get_attribute("encoder.scale") == 2
    del model
    assert weight.shape == (2, 3)


def test_setting(path):
    model = tsrt.Model(path)
    before = model(X)
    model.set_attribute("encoder.scale", 4)
    assert model(X).tolist() == (before * 2).tolist()
    model.set_attribute("names", ("x", "y"))
    model.set_attribute("table", {"one": X[0]})
    mine = np.ones((2, 3), np.float32)
    model.set_attribute("encoder.layer.weight", mine)
    mine[:] = 9
    assert model.get_attribute("encoder.layer.weight").tolist() == [[1] * 3] * 2
    assert model.get_attribute("names") == ["x", "y"]
    assert model.get_attribute("table")["one"].tolist() == X[0].tolist()
    assert tsrt.Model(path)(X).tolist() == before.tolist()


@pytest.mark.parametrize(
    ("name", "value", "kind", "message"),
    [
        ("zip", 1, tsrt.NotFoundError, "has no attribute 'zip': it has .*total"),
        ("encoder.zip", 1, tsrt.NotFoundError, "module Encoder has no attribute 'zip'"),
        ("total.zip", 1, tsrt.NotFoundError, "'total' is a Tensor and has no attributes"),
        ("encoder", 1, tsrt.InvalidArgumentError, "is a submodule"),
        ("encoder.scale", "x", tsrt.InvalidArgumentError, "is a str and has to be int"),
        ("names", [1], tsrt.InvalidArgumentError, r"attribute 'names'\[0\] is an int"),
        ("encoder.layer.weight", X[0], tsrt.InvalidArgumentError, r"\[2, 3\] and what was given"),
        ("", 1, tsrt.InvalidArgumentError, "name of the attribute is missing"),
        (3, 1, tsrt.InvalidArgumentError, "has to be a string"),
    ],
)
def test_what_cannot_be_set(path, name, value, kind, message):
    model = tsrt.Model(path)
    before = model(X)
    with pytest.raises(kind, match=message):
        model.set_attribute(name, value)
    assert model(X).tolist() == before.tolist()


def test_modules_stay_inside(path):
    model = tsrt.Model(path)
    with pytest.raises(tsrt.UnsupportedError, match=r"read its attributes as 'path\.name'"):
        model.get_attribute("encoder")


def test_submodules(path):
    model = tsrt.Model(path)
    assert model.submodules["encoder"] == ["forward", "double"]
    assert "encoder.layer" in model.submodules
    assert model.run("encoder.double", X).tolist() == (X * 2).tolist()
    assert model.run("encoder.forward", X).tolist() == model(X).tolist()
    with pytest.raises(tsrt.NotFoundError, match="Encoder has no method 'zip': it has forward"):
        model.run("encoder.zip")
    assert model.describe()["attributes"] == [
        {"name": "names", "type": "List[str]"},
        {"name": "table", "type": "Dict[str, Tensor]"},
        {"name": "encoder.scale", "type": "int"},
    ]


def test_training_mode(path):
    model = tsrt.Model(path)
    assert model.describe()["training"] is False
    mean = model.get_attribute("encoder.norm.running_mean").copy()
    assert model.train() is model
    outputs = model(X), model(X)
    assert (outputs[0] == 0).any() or (outputs[1] == 0).any()  # dropout
    assert model.get_attribute("encoder.norm.running_mean").tolist() != mean.tolist()
    model.eval()
    assert model(X).tolist() == model(X).tolist()
    assert model.run("train", 3) == 4  # the model's own method of that name


def test_training_leaves_clones_alone(path):
    model = tsrt.Model(path)
    clone = model.clone()
    before = clone.get_attribute("encoder.norm.running_mean").tolist()
    model.train()(X)
    assert clone.describe()["training"] is False
    assert clone.get_attribute("encoder.norm.running_mean").tolist() == before
    assert address(clone.get_attribute("encoder.layer.weight")) == address(
        model.get_attribute("encoder.layer.weight")
    )


def test_everything_at_once(path):
    """Eight threads do all that a model can do; nothing is lost or mixed up."""
    model = tsrt.Model(path)
    actions = [
        model.train,
        model.eval,
        model.reset,
        lambda: model.set_attribute("encoder.scale", 3),
        lambda: model.clone()(X),
        lambda: model.run("encoder.double", X),
        model.state_dict,
        model.describe,
        lambda: model(X),
    ]

    def work(seed):
        for action in random.Random(seed).choices(actions, k=300):
            action()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    model.reset()
    assert model(X).tolist() == tsrt.Model(path)(X).tolist()


def test_frozen_models(path):
    frozen = tsrt.Model(path.with_name("frozen.pt"))
    with pytest.raises(tsrt.UnsupportedError, match="frozen"):
        frozen.train()
    frozen.eval()
    assert frozen(X).shape == (2, 2)


def test_reset(path):
    model = tsrt.Model(path)
    first = model(X)
    total = model.get_attribute("total").tolist()
    model.set_attribute("encoder.scale", 7)
    model.train()(X)
    clone = model.clone()
    model.reset()
    assert model.get_attribute("total").tolist() == [0, 0, 0]
    assert (model.get_attribute("names"), model.describe()["training"]) == (["a"], False)
    assert model(X).tolist() == first.tolist()
    assert model.get_attribute("total").tolist() == total
    assert clone.get_attribute("encoder.scale") == 7
    clone.reset()
    assert clone.get_attribute("encoder.scale") == 2
