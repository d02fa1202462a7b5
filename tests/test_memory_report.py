"""tsrt.memory and tsrt.trim_memory: numbers as torch counts them, and memory that goes back."""

import gc

import numpy as np
import pytest
import torch

import tsrt

X = np.arange(4, dtype=np.float32)


def storages(path):
    """The bytes of a model's tensors as torch has them, each storage once."""
    module = torch.jit.load(path)
    found = {}
    for tensor in (*module.parameters(), *module.buffers()):
        found[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
    return sum(found.values())


def weights():
    gc.collect()
    return tsrt.memory()["weights"]["cpu"]


@pytest.mark.parametrize("name", ["mlp", "counter", "batch_norm_train", "branch"])
def test_weights_are_those_that_torch_counts(load, models, name):
    before = weights()
    model = load(name)
    assert weights() - before == storages(models / f"{name}.pt") > 0
    del model
    assert weights() == before


def test_constants_count(tmp_path):
    linear = torch.nn.Linear(64, 64).eval()
    torch.jit.freeze(torch.jit.script(linear)).save(tmp_path / "frozen.pt")
    before = weights()
    model = tsrt.Model(tmp_path / "frozen.pt")
    assert weights() - before == 64 * 65 * 4
    del model
    assert weights() == before


def test_clones_share_until_they_write(load):
    before = weights()
    model = load("counter")  # a weight of 1000 numbers, and a count
    clones = [model.clone() for _ in range(3)]
    assert weights() - before == 4004
    for clone in clones:
        clone(X)
    assert weights() - before == 4004 + 3 * 4
    del clone, clones
    assert weights() - before == 4004
    model.to("cpu")
    model.reset()
    assert weights() - before == 4004
    del model
    assert weights() == before


def test_a_replaced_weight_stays_for_reset(load):
    before = weights()
    model = load("counter")
    model.set_attribute("weight", np.zeros(1000, np.float32))
    assert weights() - before == 4004 + 4000  # what was loaded is kept
    model.reset()
    assert weights() - before in (4004, 4004 + 4000)
    del model
    assert weights() == before


def test_mapped_weights(tmp_path):
    torch.jit.script(torch.nn.Linear(512, 512)).save(tmp_path / "m.pt")
    before = tsrt.memory()
    model = tsrt.Model(tmp_path / "m.pt", mmap=True)
    now = tsrt.memory()
    assert now["mapped_weights"] - before["mapped_weights"] == 512 * 512 * 4
    assert now["weights"]["cpu"] - before["weights"]["cpu"] == 512 * 4  # the bias is small
    del model
    gc.collect()
    assert tsrt.memory()["mapped_weights"] == before["mapped_weights"]


def outputs():
    gc.collect()
    return tsrt.memory()["outputs"]


def test_outputs_count_once(load):
    before = outputs()
    model = load("add_one")
    y = model(X)
    assert outputs() - before == 16
    view = y[1:]
    del y
    assert outputs() - before == 16
    del view
    assert outputs() == before
    twice = model.run("forward", X), load("dict_out")(X)
    assert outputs() - before == 3 * 16
    del twice
    kept = load("counter").get_attribute("weight")  # the model is gone, and its weight is not
    gc.collect()
    assert outputs() - before == 4000
    del kept
    assert outputs() == before


def test_attributes_are_the_models(load):
    before = outputs()
    model = load("counter")
    weight = model.get_attribute("weight")
    assert outputs() == before
    del model, weight


def test_the_report(load):
    report = tsrt.memory()
    assert report["resident"] > report["private"] > 0
    assert report["malloc"] > 0 <= report["malloc_free"]
    assert report["busy_models"] == 0
    assert set(report["handles"]) == {"models", "tensors", "values", "errors", "strings"}
    model = load("mlp")
    assert tsrt.memory()["handles"]["models"] == report["handles"]["models"] + 1
    del model


def test_asking_starts_no_device(run_python):
    code = """
import json, sys, tsrt
print(json.dumps([tsrt.memory()["devices"], "torch" in sys.modules]))
"""
    devices, torch_is_there = run_python(code, CUDA_VISIBLE_DEVICES="")
    assert devices == {}
    assert not torch_is_there


MANY = """
import json, sys, tsrt
resident = lambda: tsrt.memory()["resident"]
tsrt.Model(sys.argv[2])  # what is loaded once
before = resident()
model = tsrt.Model(sys.argv[1])
others = [tsrt.Model(sys.argv[2]) for _ in range(5)]  # lie behind it in memory
loaded = resident()
weights = tsrt.memory()["weights"]["cpu"]
del model
tsrt.trim_memory()
print(json.dumps([weights, loaded - before, resident() - before]))
"""


class Many(torch.nn.Module):
    """Weights in pieces that malloc does not map one by one."""

    def __init__(self, pieces):
        super().__init__()
        for i in range(pieces):
            self.register_buffer(f"piece_{i}", torch.ones(25_000))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def test_memory_goes_back(models, tmp_path, run_python):
    torch.jit.script(Many(2000)).save(tmp_path / "many.pt")
    weights, loaded, left = run_python(MANY, tmp_path / "many.pt", models / "add_one.pt")
    assert 200_000_000 <= weights < 200_001_000
    assert loaded > 190 << 20
    assert left < 25 << 20
