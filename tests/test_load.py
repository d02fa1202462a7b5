"""What a model can be loaded from, and what every wrong file is told to be."""

import inspect
import io
import json
import pickle
import zipfile

import numpy as np
import pytest
import torch

import tsrt

X = np.ones(4, np.float32)


def test_sources(models):
    path = models / "add_one.pt"
    data = path.read_bytes()
    with open(path, "rb") as file:
        sources = [path, str(path), data, bytearray(data), memoryview(data), io.BytesIO(data), file]
        for source in sources:
            assert tsrt.Model(source)(X).tolist() == [2, 2, 2, 2]


def test_the_name_does_not_matter(models, tmp_path):
    odd = tmp_path / "größe, device=cuda.bin"
    odd.write_bytes((models / "add_one.pt").read_bytes())
    assert tsrt.Model(odd)(X).tolist() == [2, 2, 2, 2]


def test_the_buffer_is_not_needed_afterwards(models):
    data = bytearray((models / "linear.pt").read_bytes())
    model = tsrt.Model(data)
    before = model(X)
    data[:] = bytes(len(data))
    assert model(X).tolist() == before.tolist()


def test_about_a_model(load, models):
    model = load("linear", threads=1)
    about = model.describe()
    assert about["format"] == "torchscript"
    assert about["device"] == model.device == "cpu"
    assert about["threads"] == 1
    assert about["parameters"] == [
        {"name": "layer.weight", "dtype": "float32", "shape": [2, 4]},
        {"name": "layer.bias", "dtype": "float32", "shape": [2]},
    ]
    assert about["extra_files"] == ["note.txt"]
    assert load("counter").describe()["buffers"][0]["name"] == "count"
    assert {name: str(each) for name, each in model.methods.items()} == {
        "forward": "(x: Tensor) -> Tensor"
    }
    assert str(inspect.signature(model)) == "(x: Tensor) -> Tensor"
    assert repr(model) == (
        f"<tsrt.Model '{models / 'linear.pt'}' on cpu: forward(x: Tensor) -> Tensor>"
    )
    assert load("scalars").methods["forward"].parameters["scale"].default == 2.0


def test_pickle_by_path(load, models):
    model = load("linear", threads=1)
    again = pickle.loads(pickle.dumps(model))
    assert again(X).tolist() == model(X).tolist()
    assert again.describe()["threads"] == 1
    with pytest.raises(TypeError, match="loaded from a path"):
        pickle.dumps(tsrt.Model((models / "linear.pt").read_bytes()))


def test_a_model_is_loaded_once(load, models):
    model = load("linear")
    with pytest.raises(tsrt.InvalidArgumentError, match="loaded already"):
        model.__init__(models / "add_one.pt")
    assert model(X).shape == (2,)
    with pytest.raises(tsrt.InvalidArgumentError, match="closed"):
        tsrt.Model.__new__(tsrt.Model)(X)


def test_close(load):
    with load("linear") as model:
        y = model(X)
    for use in (lambda: model(X), model.describe, model.clone, lambda: model.to("cpu")):
        with pytest.raises(tsrt.InvalidArgumentError, match="closed"):
            use()
    model.close()
    assert y.shape == (2,)
    assert "closed" in repr(model)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"threads": 0}, tsrt.InvalidArgumentError, "threads is '0': it takes a whole number"),
        ({"threads": "many"}, tsrt.InvalidArgumentError, "threads"),
        ({"threads": 10**9}, tsrt.InvalidArgumentError, "threads"),
        ({"device": "warp"}, tsrt.DeviceError, "'warp' is not available: LibTorch here has cpu"),
        ({"device": "cuda:99"}, tsrt.DeviceError, "'cuda:99' is not available"),
        ({"device": "meta"}, tsrt.DeviceError, "'meta' is not available"),
        ({"device": ""}, tsrt.InvalidArgumentError, "device"),
        (
            {"device": "cpu,fast=yes"},
            tsrt.InvalidArgumentError,
            "options are device, threads, timeout, library, verify, mmap, signature, trust",
        ),
    ],
)
def test_bad_options(load, options, kind, message):
    with pytest.raises(kind, match=message):
        load("linear", **options)
    with pytest.raises(TypeError):
        load("linear", fast=True)


def write_state_dict(path):
    torch.save({"weight": torch.ones(2)}, path)


def write_old_pickle(path):
    torch.save({"weight": torch.ones(2)}, path, _use_new_zipfile_serialization=False)


def write_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")


def write_npz(path):
    with open(path, "wb") as file:
        np.savez(file, x=np.ones(3))


def write_onnx(path):
    # The start of any ONNX file: version of the format, then the producer's name.
    path.write_bytes(b"\x08\x0a\x12\x07pytorch\x1a\x032.9:\x10" + bytes(64))


WRONG_FILES = {
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "text": (lambda path: path.write_text("a model, soon"), "is a text file"),
    "short": (lambda path: path.write_bytes(b"\0\1"), "is not a TorchScript archive"),
    "git-lfs": (lambda path: path.write_text("version https://git-lfs.x/v1"), "git lfs pull"),
    "state_dict": (
        write_state_dict,
        r"state_dict \(1 tensor, 8 bytes\).*torch\.jit\.script",
    ),
    "old pickle": (write_old_pickle, r"is a state_dict \(1 tensor, 8 bytes\)"),
    "zip": (write_zip, "zip archive but not a TorchScript one"),
    "npz": (write_npz, "zip archive but not a TorchScript one"),
    "onnx": (write_onnx, "ONNX model"),
    "gzip": (lambda path: path.write_bytes(b"\x1f\x8b\x08" + bytes(30)), "gzip"),
    "hdf5": (lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(30)), "HDF5"),
    "folder": (lambda path: path.mkdir(), "is a folder"),
}


@pytest.mark.parametrize("what", WRONG_FILES)
def test_wrong_files(tmp_path, what):
    write, message = WRONG_FILES[what]
    path = tmp_path / "model.pt"
    write(path)
    with pytest.raises(tsrt.NotAModelError, match=message) as caught:
        tsrt.Model(path)
    assert isinstance(caught.value, ValueError)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    if what != "folder":
        with pytest.raises(tsrt.NotAModelError, match=message):
            tsrt.Model(path.read_bytes())


def test_missing_and_forbidden(tmp_path):
    with pytest.raises(FileNotFoundError, match="No such file") as caught:
        tsrt.Model(tmp_path / "absent.pt")
    assert isinstance(caught.value, tsrt.NotFoundError)
    for bad in ("", "a\0b"):
        with pytest.raises(tsrt.InvalidArgumentError, match="path"):
            tsrt.Model(bad)
    with pytest.raises(TypeError):
        tsrt.Model(None)
    with pytest.raises(tsrt.NotAModelError, match="not a regular file"):
        tsrt.Model("/dev/null")


def test_truncated(models):
    data = (models / "linear.pt").read_bytes()
    for size in {*range(1, len(data), 97), len(data) - 1}:
        with pytest.raises(tsrt.NotAModelError):
            tsrt.Model(data[:size])
    assert tsrt.Model(data)(X).shape == (2,)


def rewrite(source, target, change):
    """Copies an archive with `change(name, data)` applied to each record; None leaves it out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)


def test_damaged_inside(models, tmp_path):
    path = tmp_path / "model.pt"
    rewrite(models / "linear.pt", path, lambda n, d: None if n.endswith("data/0") else d)
    with pytest.raises(tsrt.NotAModelError, match="damaged TorchScript archive"):
        tsrt.Model(path)
    rewrite(models / "linear.pt", path, lambda n, d: b"1000\n" if n.endswith("version") else d)
    with pytest.raises(tsrt.UnsupportedError, match="newer PyTorch"):
        tsrt.Model(path)


def test_missing_operator(models, tmp_path):
    def change(name, data):
        return data.replace(b"torch.add(x, ", b"ops.mine.add(x, ") if name.endswith(".py") else data

    path = tmp_path / "model.pt"
    rewrite(models / "add_one.pt", path, change)
    with pytest.raises(tsrt.MissingOperatorError, match=r"needs operator mine::add"):
        tsrt.Model(path)


def test_corpus_errors(corpus, models, tmp_path, subtests):
    """Files of other projects that are no loadable model: each is told what it is, in one process
    that goes on after each, and better than torch.jit tells it."""
    wanted = {
        "err-unknown-class-backend": "needs class __backends__",
        "err-lfs-pointer": "run `git lfs pull`",
        "err-pickled-tensor": "is a tensor that torch.save wrote",
        "err-onnx": "is an ONNX model",
        "err-executorch-pte": "is an ExecuTorch program",
        "err-mar": "is a TorchServe .mar archive: unzip it",
        "err-empty-file": "is empty",
        "err-torchsharp-dat": "holds weights that TorchSharp saved",
        "err-missing-file": "No such file",
        "err-directory": "is a folder: give the model file in it",
        "err-derived-foo2-future-version": "was written by a newer PyTorch",
        "err-derived-foo2-code-missing": "needs __torch__.Foo2, and the code of that is not in it",
        "err-derived-foo2-code-syntax-error": "'foo2/code/__torch__.py' is no code",
        "err-derived-l1000-tensor-record-missing": "data/0' is missing, with 400.0 kB of a tensor",
        "err-derived-bomb-256MiB-data-pkl": "'foo2/data.pkl' is no pickle",
        "err-derived-empty-zip": "is an empty zip archive",
        "err-derived-text": "is a text file",
    }
    without_file = {"err-missing-file": tmp_path / "absent.pt", "err-directory": tmp_path}
    for entry in json.loads((corpus / "manifest.json").read_text()):
        if entry["expect"] != "error":
            continue
        path = corpus / entry["file"] if entry["file"] else without_file[entry["name"]]
        with subtests.test(entry["name"]):
            with pytest.raises(tsrt.Error) as caught:
                tsrt.Model(path)
            message = str(caught.value)
            assert wanted[entry["name"]] in message
            assert f"'{path}'" in message and "\n" not in message
            assert entry["torch_error"] not in message.split(" (")[0]
            assert tsrt.Model(models / "add_one.pt")(X).tolist() == [2, 2, 2, 2]
