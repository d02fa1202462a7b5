"""What a file is said to be and to contain, without running any of it."""

import io
import json
import pickle
import struct

import numpy as np
import pytest
import torch
from archives import Net, replaced, rewrite, saved, scripted
from torch import Tensor, nn

import tsrt

# ---- what a loaded model says is what the file says ----


@pytest.mark.parametrize(
    "name",
    [
        "linear",
        "counter",
        "scalars",
        "nested",
        "lstm_state",
        "batch_norm_train",
        "mlp",
        "add_one",
        "named_tuple_out",
        "no_forward",
        "keeps",
        "dict_out",
    ],
)
def test_as_described_after_loading(load, models, name):
    about = tsrt.inspect(models / f"{name}.pt")
    described = load(name).describe()

    def without(key, entries):
        return [{k: v for k, v in each.items() if k != key} for each in entries]

    def signatures(document):
        return {
            each["name"]: (without("copied", each["arguments"]), each["returns"])
            for each in document["methods"]
        }

    assert about["kind"] == "torchscript" and about["problem"] is None
    if name != "named_tuple_out":  # a loaded model adds where the type lives in memory
        assert signatures(about) == signatures(described)
    assert without("bytes", about["parameters"]) == described["parameters"]
    assert without("bytes", about["buffers"]) == described["buffers"]
    assert [each["name"] for each in about["extra_files"]] == described["extra_files"]
    assert bool(about["state"]) == any(each["writes_state"] for each in described["methods"])
    assert about["missing_operators"] == about["missing_classes"] == about["not_read"] == []


def test_contents(models):
    path = models / "lstm_state.pt"
    about = tsrt.inspect(path)
    assert about["size"] == path.stat().st_size
    assert about["class"] == "__torch__.models.LstmState"
    assert about["submodules"] == [
        {"name": "cell", "class": "__torch__.torch.nn.modules.rnn.LSTMCell"}
    ]
    assert about["parameters"][0] == {
        "name": "cell.weight_ih",
        "dtype": "float32",
        "shape": [32, 4],
        "bytes": 512,
    }
    assert about["bytes"] == 4 * (8 + 8 + 32 * 4 + 32 * 8 + 32 + 32)
    assert about["state"] == ["c", "h"]
    assert {"aten::lstm_cell", "prim::RaiseException"} <= set(about["operators"])
    assert about["saved_devices"] == ["cpu"] and about["code_devices"] == []
    assert about["debug_info"] and not about["lite_interpreter"]
    assert about["format_version"] >= 3
    assert about["extra_files"] == [{"name": "note.txt", "size": 10}]
    assert tsrt.inspect(models / "counter.pt")["state"] == ["count"]


def test_sources(models):
    path = models / "linear.pt"
    data = path.read_bytes()
    about = tsrt.inspect(path)
    with open(path, "rb") as file:
        for source in [str(path), data, bytearray(data), memoryview(data), io.BytesIO(data), file]:
            assert tsrt.inspect(source) == about


def test_devices_in_code(models):
    data = replaced(
        models, "add_one", b"torch.add(x, ", b'torch.add(torch.to(x, torch.device("cuda:1")), '
    )
    assert tsrt.inspect(data)["code_devices"] == ["cuda:1"]


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 2.0

    @torch.jit.export
    def __getstate__(self) -> tuple[float, bool]:
        return self.scale, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[float, bool]):
        self.scale = state[0]
        self.training = state[1]

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


def test_setstate():
    about = tsrt.inspect(scripted(Packed()))
    (name,) = about["setstate_classes"]
    assert name.endswith(".Packed")
    assert about["problem"] is None and about["state"] == []


def test_corpus_models_have_no_problem(corpus, subtests):
    for entry in json.loads((corpus / "manifest.json").read_text()):
        if entry["expect"] == "ok":
            with subtests.test(entry["name"]):
                about = tsrt.inspect(corpus / entry["file"])
                assert (about["kind"], about["problem"]) == ("torchscript", None)
                tsrt.verify(corpus / entry["file"])
    about = tsrt.inspect(corpus / "files/tch-foo9-cuda-saved.pt")
    assert about["saved_devices"] == ["cuda:0"]


# ---- what this LibTorch does not have ----


def test_all_that_is_missing(models):
    code = b"ops.torchvision.nms(ops.mine.twice(torch.nonsense(x)), "
    data = replaced(models, "add_one", b"torch.add(x, ", code)
    about = tsrt.inspect(data)
    assert about["missing_operators"] == ["aten::nonsense", "mine::twice", "torchvision::nms"]
    for name in about["missing_operators"]:
        assert name in about["problem"]
    assert "torchvision (its library is" in about["problem"]
    with pytest.raises(tsrt.MissingOperatorError) as caught:
        tsrt.Model(data)
    assert str(caught.value) == about["problem"]
    assert "Unknown builtin op" in caught.value.detail


# ---- wrong files ----


def npz():
    file = io.BytesIO()
    np.savez(file, x=np.ones(3))
    return file.getvalue()


WRONG = {
    "state_dict": (lambda: saved(Net().state_dict()), r"is a state_dict \(2 tensors, 40 bytes\)"),
    "checkpoint": (
        lambda: saved({"epoch": 3, "net": Net().state_dict(), "lr": 0.1}),
        r"is a checkpoint \(2 tensors, 40 bytes; its keys are epoch, net, lr\).* load 'net' from",
    ),
    "module-pickle": (lambda: saved(Net()), r"pickled module of the Python class \w+\.Net "),
    "tensor": (lambda: saved(torch.ones(3, 4)), "is a tensor that torch.save wrote"),
    "tensors": (lambda: saved([torch.ones(3), torch.ones(4)]), "a collection of tensors"),
    "pickle": (lambda: pickle.dumps({"a": [1, 2.5, None, b"x"]}), "is a Python pickle"),
    "npz": (npz, "NumPy arrays"),
    "safetensors": (lambda: struct.pack("<Q", 40) + b'{"a": ' + b" " * 60, "safetensors"),
    "lite-interpreter": (lambda: b"\x18\0\0\0PTMF" + bytes(60), "lite-interpreter"),
    "html": (lambda: b"<!DOCTYPE html><html>404</html>", "is a web page"),
    "xz": (lambda: b"\xfd7zXZ\0" + bytes(30), "xz-compressed"),
    "tar": (lambda: bytes(257) + b"ustar\0" + bytes(300), "tar archive"),
    "elf": (lambda: b"\x7fELF\x02\x01" + bytes(60), "shared library"),
    "npy": (lambda: b"\x93NUMPY\x01\0" + bytes(60), "NumPy array"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_files(kind):
    make, message = WRONG[kind]
    data = make()
    about = tsrt.inspect(data)
    assert about["kind"] == kind
    with pytest.raises(tsrt.NotAModelError, match=message) as caught:
        tsrt.Model(data)
    assert str(caught.value) == about["problem"]


def test_old_files_of_torch_save():
    """Files from before zip archives say the same, and so do dicts of other classes."""
    old = tsrt.inspect(saved(Net().state_dict(), _use_new_zipfile_serialization=False))
    new = tsrt.inspect(saved(Net().state_dict()))
    plain = tsrt.inspect(saved(dict(Net().state_dict())))
    for about in (old, new, plain):
        assert about["kind"] == "state_dict"
        assert (about["tensors"], about["bytes"]) == (2, 40)
        assert about["keys"] == ["layer.weight", "layer.bias"]


@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.int64, torch.complex64, torch.float8_e4m3fn]
)
def test_sizes_of_element_types(dtype):
    about = tsrt.inspect(saved({"x": torch.zeros(6, dtype=dtype)}))
    assert about["bytes"] == 6 * dtype.itemsize


def test_files_that_are_not_files(tmp_path):
    assert tsrt.inspect(tmp_path)["kind"] == "folder"
    assert tsrt.inspect("/dev/null")["kind"] == "special-file"
    assert tsrt.inspect(b"")["kind"] == "empty"
    with pytest.raises(tsrt.NotFoundError, match=r"absent\.pt"):
        tsrt.inspect(tmp_path / "absent.pt")
    for bad in ("", "a\0b"):
        with pytest.raises(tsrt.InvalidArgumentError, match="path"):
            tsrt.inspect(bad)
    with pytest.raises(TypeError):
        tsrt.inspect(None)


# ---- damage ----


def test_damage_is_named(models):
    data = (models / "linear.pt").read_bytes()
    cases = {
        "data/1": (None, r"'linear/data/1' is missing, with 8 bytes of a tensor"),
        "data/0": (b"123", r"'linear/data/0' has 3 bytes, and a tensor needs 32"),
        "data.pkl": (b"no pickle", r"'linear/data\.pkl' is no pickle"),
        "version": (None, "version' is missing"),
        "code/__torch__/models.py": (b"class X(:", r"models\.py' is no code"),
    }
    for record, (contents, message) in cases.items():

        def change(name, old, record=record, contents=contents):
            return contents if name == f"linear/{record}" else old

        damaged = rewrite(data, change)
        about = tsrt.inspect(damaged)
        assert about["kind"] == "torchscript"
        with pytest.raises(tsrt.NotAModelError, match=message) as caught:
            tsrt.Model(damaged)
        assert "damaged TorchScript archive" in str(caught.value)
        assert str(caught.value) == about["problem"]


def test_missing_code(models):
    data = rewrite(
        (models / "linear.pt").read_bytes(), lambda n, d: None if "nn/modules/linear" in n else d
    )
    with pytest.raises(tsrt.NotAModelError, match=r"needs __torch__\.torch\.nn.*Linear"):
        tsrt.Model(data)


def test_tensor_beyond_its_storage(models):
    """LibTorch would load it and read whatever lies behind the weight."""

    def change(name, data):
        four_columns = b"(K\x02K\x04t"
        assert not name.endswith("data.pkl") or four_columns in data
        return data.replace(four_columns, b"(K\x02K\x63t") if name.endswith("data.pkl") else data

    damaged = rewrite((models / "linear.pt").read_bytes(), change)
    for options in ({}, {"verify": False}):
        with pytest.raises(tsrt.NotAModelError, match="792 bytes reaches beyond its storage"):
            tsrt.Model(damaged, **options)
