"""Signatures in a model's file: what is written, and what stays as it was."""

import io
import json
import os
import stat
import zipfile

import numpy as np
import pytest
import torch
from models import LstmState

import tsrt

X = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)


def records(path):
    with zipfile.ZipFile(path) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def signature(path):
    return json.loads(records(path)["extra/tsrt/signature.json"])


def lines(path):
    return records(path)["extra/tsrt/inputs.txt"].decode().splitlines()


def test_what_is_written(copy_of):
    path = copy_of("linear")
    before = records(path)
    assert tsrt.annotate(path, X, dynamic={"x": {0: "batch"}}) is None
    after = records(path)
    assert {name: after[name] for name in before} == before
    assert sorted(set(after) - set(before)) == [
        "extra/tsrt/inputs.txt",
        "extra/tsrt/inputs/0",
        "extra/tsrt/signature.json",
    ]
    assert after["extra/tsrt/inputs/0"] == X.tobytes()
    assert lines(path) == ["forward 0 x float32[batch,4]"]
    about = signature(path)
    assert (about["format"], about["method"]) == (1, "forward")
    assert about["made_with"]["libtorch"] == tsrt.torch_version()
    assert about["made_with"]["machine"] == os.uname().machine
    assert about["inputs"] == [
        {"name": "x", "position": 0, "dtype": "float32", "shape": ["batch", 4]}
    ]
    (example,) = about["examples"]
    assert example["args"] == [
        {"tensor": {"dtype": "float32", "shape": [2, 4], "record": "inputs/0"}}
    ]
    output = example["result"]["tensor"]
    y = tsrt.Model(path)(X)
    assert (output["dtype"], output["shape"]) == ("float32", [2, 2])
    assert np.array(output["samples"], np.float32).tolist() == y.reshape(-1).tolist()
    assert output["sum"] == pytest.approx(float(y.sum(dtype=np.float64)))


def test_the_file_still_loads(copy_of):
    path = copy_of("linear")
    tsrt.annotate(path, X)
    expected = torch.jit.load(path)(torch.from_numpy(X))
    assert tsrt.Model(path)(X).tobytes() == expected.detach().numpy().tobytes()
    files = {"note.txt": ""}
    torch.jit.load(path, _extra_files=files)
    assert files["note.txt"] == b"linear"


def test_records_are_as_pytorch_writes_them(copy_of):
    path = copy_of("linear")
    before = path.read_bytes()
    tsrt.annotate(path, [(X,), (X[:1],)])
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        ours = [info for info in archive.infolist() if "/extra/tsrt/" in info.filename]
        first = min(info.header_offset for info in ours)
        assert data[:first] == before[:first]
        for info in ours:
            assert info.compress_type == zipfile.ZIP_STORED
            content = archive.read(info)
            begin = data.index(content, info.header_offset)
            assert begin % 64 == 0


def test_annotating_again_replaces(copy_of):
    path = copy_of("linear")
    tsrt.annotate(path, [(X,), (X,)])
    tsrt.annotate(path, X[:1])
    once = path.read_bytes()
    tsrt.annotate(path, X[:1])
    assert path.read_bytes() == once
    assert "extra/tsrt/inputs/1" not in records(path)
    with zipfile.ZipFile(path) as archive:
        assert len(set(archive.namelist())) == len(archive.namelist())


def test_annotating_again_after_another_tool(copy_of):
    """Records that others have added behind ours stay where they are."""
    path = copy_of("linear")
    tsrt.annotate(path, [(X,), (X,)])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("linear/extra/other.txt", "other")
    tsrt.annotate(path, X)
    assert records(path)["extra/other.txt"] == b"other"
    assert "extra/tsrt/inputs/1" not in records(path)
    assert tsrt.check(path).ok
    files = {"other.txt": ""}
    torch.jit.load(path, _extra_files=files)
    assert files["other.txt"] == b"other"


@pytest.mark.parametrize(
    ("name", "inputs", "expected"),
    [
        ("tuple_out", (X, X), ["forward 0 x float32[2,4]", "forward 1 y float32[2,4]"]),
        ("tuple_out", {"y": X, "x": X}, ["forward 0 x float32[2,4]", "forward 1 y float32[2,4]"]),
        ("scalars", (X, 3.0), ["forward 0 x float32[2,4]"]),
        ("scalars", {"x": X, "negate": True}, ["forward 0 x float32[2,4]"]),
        ("nested", ({"a": [X, X]}, "a"), []),
        ("dict_out", X, ["forward 0 x float32[2,4]"]),
        ("list_out", X, ["forward 0 x float32[2,4]"]),
        ("named_tuple_out", X, ["forward 0 x float32[2,4]"]),
        ("no_arguments", (), []),
        ("identity", np.float32(2), ["forward 0 x float32[]"]),
        ("identity", np.zeros((0, 3), np.int64), ["forward 0 x int64[0,3]"]),
        ("identity", np.array([1 + 2j, np.nan]), ["forward 0 x complex128[2]"]),
        ("identity", np.array([np.inf, np.nan, -0.0]), ["forward 0 x float64[3]"]),
        ("identity", np.array([True, False]), ["forward 0 x bool[2]"]),
        ("identity", X[::-1, ::2], ["forward 0 x float32[2,2]"]),
        ("identity", X.astype(">f4"), ["forward 0 x float32[2,4]"]),
        ("identity", torch.ones(2), ["forward 0 x float32[2]"]),
        ("random", np.zeros(3, np.float32), ["forward 0 x float32[3]"]),
        ("counter", [X, X, X], ["forward 0 x float32[2,4]"]),
        ("force_field", X, ["forward 0 x float32[2,4]"]),
    ],
)
def test_check_finds_the_same(copy_of, name, inputs, expected):
    path = copy_of(name)
    tsrt.annotate(path, inputs)
    assert lines(path) == expected
    report = tsrt.check(path)
    assert report.ok
    assert report.outputs
    assert {output.verdict for output in report.outputs} == {"identical"}


def test_state_goes_on_through_the_examples(copy_of):
    path = copy_of("lstm_state")
    tsrt.annotate(path, [X[:1], X[:1], X[:1]])
    results = [each["result"]["tensor"]["sha256"] for each in signature(path)["examples"]]
    assert len(set(results)) == 3
    report = tsrt.check(path)
    assert [output.name for output in report.outputs] == [f"example {i}, output" for i in range(3)]
    assert {output.verdict for output in report.outputs} == {"identical"}


def test_another_method(copy_of):
    path = copy_of("scalars")
    tsrt.annotate(path, ("Ada", 2), method="greet")
    assert signature(path)["examples"][0]["result"] == "Ada, Ada"
    assert lines(path) == []
    assert tsrt.check(path).ok
    tsrt.annotate(path, ((1, 0.5, True, "x"),), method="mix")
    assert tsrt.check(path).ok


def test_names_and_dimensions(copy_of):
    path = copy_of("tuple_out")
    tsrt.annotate(path, (X, X), names=["left", "right"], dynamic={"right": {-1: "width"}})
    assert lines(path) == ["forward 0 left float32[2,4]", "forward 1 right float32[2,width]"]
    tsrt.annotate(path, [(X, X), (X[:1], X[:1]), (X, X)], dynamic={"x": {0: "batch"}})
    assert lines(path) == ["forward 0 x float32[batch,4]", "forward 1 y float32[y_0,4]"]


# ---- where it is written


def test_out(copy_of, tmp_path):
    path, out = copy_of("linear"), tmp_path / "annotated.pt"
    before = path.read_bytes()
    tsrt.annotate(path, X, out=out)
    assert path.read_bytes() == before
    assert tsrt.check(out).ok
    for source in (before, io.BytesIO(before)):
        tsrt.annotate(source, X, out=str(out))
        assert tsrt.check(out.read_bytes()).ok
        assert "the model: ok" in str(tsrt.check(io.BytesIO(out.read_bytes())))
    with pytest.raises(tsrt.InvalidArgumentError, match=r"not given as a path: .* with out="):
        tsrt.annotate(before, X)


def test_the_file_is_replaced_in_one_step(copy_of, tmp_path):
    path = copy_of("linear")
    path.chmod(0o640)
    link = tmp_path / "link.pt"
    link.symlink_to(path)
    with zipfile.ZipFile(path) as reader:
        tsrt.annotate(link, X)
        assert reader.testzip() is None  # whoever reads it goes on with what it was
        assert not [name for name in reader.namelist() if "extra/tsrt" in name]
    assert link.is_symlink()
    assert tsrt.check(path).ok
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["linear.pt", "link.pt"]


def test_places_that_cannot_be_written(copy_of, tmp_path):
    path = copy_of("linear")
    before = path.read_bytes()
    for out in ("/proc/model.pt", tmp_path / "absent" / "model.pt", tmp_path):
        with pytest.raises(tsrt.InvalidArgumentError, match="give another path with out="):
            tsrt.annotate(path, X, out=out)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["linear.pt"]


# ---- errors


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        ((X, X), {}, "example 0: .*forward"),
        (np.ones(3, np.float32), {}, "example 0: forward failed in the model"),
        ([X, np.ones(3, np.float32)], {}, "example 1: "),
        ({"y": X}, {}, "example 0: "),
        ([], {}, "example_inputs is an empty list"),
        (object(), {}, "cannot become a tensor"),
        ([X, X[0]], {}, "the examples differ in 'x': float32 of 1 dimensions, float32 of 2"),
        (X, {"dynamic": {"y": {0: "batch"}}}, "dynamic names 'y', .* there are x"),
        (X, {"dynamic": {"x": {2: "batch"}}}, "dimension 2 of 'x', which has 2 dimensions"),
        (X, {"dynamic": {"x": {0: "a b"}}}, "'a b' is no name"),
        (X, {"names": ["a", "b"]}, "at most one for each of the arguments x"),
        (X, {"names": ["a b"]}, "'a b' is no name"),
        (X, {"names": "x"}, "names is 'x'"),
    ],
)
def test_what_does_not_fit(copy_of, inputs, options, message):
    path = copy_of("linear")
    before = path.read_bytes()
    with pytest.raises(tsrt.Error, match=message):
        tsrt.annotate(path, inputs, **options)
    assert path.read_bytes() == before


def test_files_that_are_no_models(tmp_path, models):
    text = tmp_path / "text.pt"
    text.write_text("a model, soon")
    for use in (lambda path: tsrt.annotate(path, X), tsrt.check):
        with pytest.raises(tsrt.NotAModelError):
            use(text)
        with pytest.raises(tsrt.NotFoundError):
            use(tmp_path / "absent.pt")
    with pytest.raises(tsrt.NotFoundError, match="no method 'greet': it has forward"):
        tsrt.annotate(models / "linear.pt", X, method="greet")


def test_extension_types(tmp_path):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    path = tmp_path / "lstm.pt"
    torch.jit.script(LstmState().bfloat16()).save(str(path))
    identity = tmp_path / "identity.pt"
    torch.jit.script(torch.nn.Identity()).save(str(identity))
    tsrt.annotate(identity, X.astype(ml_dtypes.bfloat16))
    assert lines(identity) == ["forward 0 input bfloat16[2,4]"]
    assert tsrt.check(identity).ok
