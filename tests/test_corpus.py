"""Models of other projects: each call gives torch.jit's bits, and what was recorded of them."""

import json

import numpy as np
import pytest
import torch
from same import assert_same

import tsrt


def to_python(x):
    """torch's tensors as arrays, in any nesting."""
    if isinstance(x, torch.Tensor) and x.is_quantized:
        return tsrt.QuantizedTensor(x.int_repr().numpy(), x.q_scale(), x.q_zero_point())
    if isinstance(x, torch.Tensor):
        return x.numpy()
    if isinstance(x, (tuple, list)):
        return type(x)(map(to_python, x))
    return {k: to_python(v) for k, v in x.items()} if isinstance(x, dict) else x


def assert_digest(value, expected, atol):
    kind = expected["kind"]
    if isinstance(value, tsrt.QuantizedTensor):
        assert f"torch.{value.dtype}" == expected["dtype"]
        assert [value.scale, value.zero_point] == expected["q"]
        assert_digest(value.dequantize(), expected | {"dtype": "torch.float32"}, atol)
    elif kind == "Object":
        assert isinstance(value, tsrt.Object)
        assert value.type == expected["type"]
    elif kind == "Tensor":
        assert str(value.dtype) == expected["dtype"].removeprefix("torch.")
        assert list(value.shape) == expected["shape"]
        flat = value.ravel()
        assert np.sum(flat, dtype=np.float64) == pytest.approx(expected["sum"], abs=atol, rel=1e-5)
        assert flat[:3].astype(float) == pytest.approx(expected["first3"], abs=atol)
    elif kind in ("Tuple", "List"):
        assert isinstance(value, tuple if kind == "Tuple" else list)
        for item, each in zip(value, expected["items"], strict=True):
            assert_digest(item, each, atol)
    else:
        assert value == pytest.approx(expected["value"])


def test_corpus(corpus, monkeypatch, subtests):
    monkeypatch.chdir(corpus)
    for entry in json.loads((corpus / "manifest.json").read_text()):
        if entry["expect"] == "ok":
            with subtests.test(entry["name"]):
                replay(corpus, entry)


def target(model, results, method):
    """What runs a method: "@R0.name" is one of the object that call 0 returned."""
    if not method.startswith("@R"):
        return lambda *args, **kwargs: model.run(method, *args, **kwargs)
    index, _, name = method.removeprefix("@R").partition(".")
    return getattr(results[int(index)], name)


def replay(corpus, entry):
    model = tsrt.Model(corpus / entry["file"])
    theirs = None
    if entry.get("python_reference") != "fails":
        theirs = torch.jit.load(corpus / entry["file"], map_location="cpu")
    results = []
    for call in entry["calls"]:
        scope = {"torch": torch, "R": results}
        given = tuple(eval(call["inputs"], scope)), eval(call.get("kwargs") or "{}", scope)
        inputs, kwargs = to_python(given)
        run = target(model, results, call["method"])
        if call["expect"] == "error":
            with pytest.raises(tsrt.Error):
                run(*inputs, **kwargs)
            continue
        random_state = torch.get_rng_state()  # one generator serves both
        results.append(run(*inputs, **kwargs))
        assert_digest(results[-1], call["expected"], entry.get("atol", 1e-5))
        if theirs is not None:
            torch.set_rng_state(random_state)
            assert_same(results[-1], getattr(theirs, call["method"])(*given[0], **given[1]))
