"""Objects of TorchScript classes, enum members and named tuples: out, held, called, and back in."""

import enum
import gc
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import tsrt

X = np.arange(3, dtype=np.float32)


@torch.jit.script
class Decoder:
    def __init__(self, bias: int):
        self.count = 0
        self.bias = bias
        self.last = torch.zeros(1)
        self.seen: list[Tensor] = []

    def step(self, x: Tensor) -> Tensor:
        self.count += 1
        self.last = x
        self.seen.append(x)
        return x + self.bias

    def fail(self, why: str) -> int:
        if self.count >= 0:
            raise ValueError(why)
        return 0

    def __len__(self) -> int:
        return self.count


@torch.jit.script
class Node:
    def __init__(self, value: int):
        self.value = value
        self.next: list[Any] = []  # nodes; a class cannot name itself


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Span(NamedTuple):
    begin: int
    score: Tensor


class Holds(nn.Module):
    def __init__(self):
        super().__init__()
        self.decoder = Decoder(100)
        self.node = Node(7)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder.step(x)

    @torch.jit.export
    def make(self, bias: int) -> Decoder:
        return Decoder(bias)

    @torch.jit.export
    def own(self) -> Decoder:
        return self.decoder

    @torch.jit.export
    def use(self, decoder: Decoder, x: Tensor) -> Tensor:
        return decoder.step(x)

    @torch.jit.export
    def adopt(self, decoder: Decoder):
        self.decoder = decoder

    @torch.jit.export
    def pair(self) -> tuple[Decoder, dict[str, list[Decoder]]]:
        one = Decoder(1)
        return one, {"same": [one, Decoder(2)]}

    @torch.jit.export
    def ring(self, n: int) -> Node:
        first = Node(0)
        last = first
        for i in range(1, n):
            node = Node(i)
            last.next.append(node)
            last = node
        last.next.append(first)
        return first

    @torch.jit.export
    def tie(self) -> int:
        self.node.next.append(self.node)
        return len(self.node.next)

    @torch.jit.export
    def paint(self, color: Color) -> tuple[bool, dict[str, Color]]:
        return color == Color.RED, {"given": color}

    @torch.jit.export
    def spans(self, spans: list[Span]) -> list[Span]:
        return [Span(each.begin + 1, each.score) for each in spans]

    @torch.jit.export
    def later(self, x: Tensor) -> torch.jit.Future[Tensor]:
        return torch.jit.fork(torch.relu, x)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("objects") / "holds.pt"
    torch.jit.script(Holds()).save(str(path))
    return path


def test_held_and_called(path):
    model = tsrt.Model(path)
    decoder = model.run("make", 5)
    assert decoder.type.endswith(".Decoder")
    assert decoder.step(X).tolist() == [5, 6, 7]
    assert decoder.run("step", x=X).tolist() == [5, 6, 7]
    assert (decoder.count, decoder.bias, decoder.run("__len__")) == (2, 5, 2)
    assert [each.tolist() for each in decoder.seen] == [[0, 1, 2], [0, 1, 2]]
    assert {"step", "count", "run"} <= set(dir(decoder))
    assert "Decoder" in repr(decoder)


def test_what_an_object_keeps_is_its_own(path):
    model = tsrt.Model(path)
    decoder = model.run("make", 0)
    x = X.copy()
    decoder.step(x)
    x[:] = 9
    assert decoder.last.tolist() == [0, 1, 2]
    decoder.last[:] = 7  # a copy
    assert decoder.last.tolist() == [0, 1, 2]


def test_passed_by_reference(path):
    model = tsrt.Model(path)
    decoder = model.run("make", 5)
    x = X.copy()
    assert model.run("use", decoder, x).tolist() == [5, 6, 7]
    x[:] = 9
    assert (decoder.count, decoder.last.tolist()) == (1, [0, 1, 2])
    model.run("adopt", decoder)
    model(X)
    assert decoder.count == 2


def test_returned_objects_are_independent(path):
    model = tsrt.Model(path)
    own = model.run("own")
    own.step(X)
    model(X)
    assert (own.count, model.run("own").count) == (1, 1)


def test_a_clone_gets_a_copy(path):
    model = tsrt.Model(path)
    decoder = model.run("make", 5)
    clone = model.clone()
    clone.run("adopt", decoder)
    clone(X)
    assert (decoder.count, clone.run("own").count, model.run("own").count) == (0, 1, 0)


def test_objects_outlive_their_model(path):
    decoder = tsrt.Model(path).run("make", 5)
    gc.collect()
    assert decoder.step(X).tolist() == [5, 6, 7]


def test_objects_in_containers(path):
    model = tsrt.Model(path)
    one, same = model.run("pair")
    one.step(X)
    assert (one.count, same["same"][0].count, same["same"][1].bias) == (1, 1, 2)


@pytest.mark.parametrize("n", [1, 3, 5000])
def test_rings_and_long_chains(path, n):
    model = tsrt.Model(path)
    node = model.run("ring", n)
    assert node.value == 0
    assert node.next[0].value == (1 if n > 1 else 0)


def test_state_that_refers_to_itself(path):
    model = tsrt.Model(path)
    assert (model.run("tie"), model.run("tie")) == (1, 2)
    assert (model.clone().run("tie"), model.run("tie")) == (3, 3)
    model.reset()
    assert model.run("tie") == 1


def test_wrong_uses(path):
    model = tsrt.Model(path)
    decoder = model.run("make", 5)
    with pytest.raises(AttributeError, match="no method or attribute 'zip'"):
        decoder.zip()
    with pytest.raises(tsrt.NotFoundError, match=r"has no method 'zip': it has .*step"):
        decoder.run("zip")
    with pytest.raises(tsrt.InvalidArgumentError, match="argument 'x' is an int and has to be Ten"):
        decoder.step(3)
    with pytest.raises(
        tsrt.ModelError, match="fail failed in the model: ValueError: no reason"
    ) as e:
        decoder.fail("no reason")
    assert "raise" in e.value.detail or "fail" in e.value.detail
    with pytest.raises(tsrt.InvalidArgumentError, match="'decoder' is an int and has to be"):
        model.run("use", 1, X)
    other = tsrt.Model(path)
    with pytest.raises(tsrt.InvalidArgumentError, match="of another model"):
        other.run("use", decoder, X)
    with pytest.raises(tsrt.InvalidArgumentError, match="object of another model"):
        model.run("spans", [decoder, other.run("make", 1)])
    with pytest.raises(tsrt.InvalidArgumentError, match="come from models"):
        tsrt.Object()
    assert decoder.step(X).tolist() == [5, 6, 7]


def test_enum_members(path):
    model = tsrt.Model(path)
    assert model.run("paint", "RED")[0] is True
    same, given = model.run("paint", Color.GREEN)
    assert (same, given["given"].name, given["given"].value) == (False, "GREEN", 2)
    assert model.run("paint", given["given"])[1] == given
    with pytest.raises(tsrt.InvalidArgumentError, match="'BLUE' and has to be one of RED, GREEN"):
        model.run("paint", "BLUE")


def test_named_tuples(path):
    model = tsrt.Model(path)
    (span,) = model.run("spans", [(3, X)])
    assert (type(span).__name__, span._fields, span.begin) == ("Span", ("begin", "score"), 4)
    assert model.run("spans", [span])[0].begin == 5
    with pytest.raises(tsrt.InvalidArgumentError, match=r"'spans'\[1\]\[0\] is a str"):
        model.run("spans", [span, ("a", X)])


def test_forwards_own_named_tuple(load):
    model = load("named_tuple_out")
    for pair in (model(X), model.run("forward", X), model.clone()(X), model(x=X)):
        assert (type(pair).__name__, pair._fields) == ("Pair", ("low", "high"))


def test_a_future_is_waited_for(path):
    model = tsrt.Model(path)
    assert model.run("later", -X).tolist() == [0, 0, 0]
