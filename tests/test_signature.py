"""Signatures in a model's file: what is written, what stays as it was, what a check finds."""

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


@pytest.fixture
def copy_of(models, tmp_path):
    """A copy of a model of models.py, to be changed."""

    def copy(name):
        path = tmp_path / f"{name}.pt"
        path.write_bytes((models / path.name).read_bytes())
        return path

    return copy


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


# ---- a model whose numbers have changed


def save_with_signature(module, path):
    """Other numbers with the signature that the file has."""
    files = {name[6:]: data for name, data in records(path).items() if "extra/tsrt/" in name}
    module.save(str(path), _extra_files=files)


def change_weights(path, change):
    module = torch.jit.load(path)
    with torch.no_grad():
        change(module)
    save_with_signature(module, path)


def test_other_weights(copy_of):
    path = copy_of("linear")
    tsrt.annotate(path, X)
    change_weights(path, lambda module: module.layer.bias.mul_(1 + 1e-6))
    report = tsrt.check(path)
    (output,) = report.outputs
    assert (report.ok, output.verdict) == (True, "close")
    assert 0 < output.max_abs < 1e-5
    assert 0 < output.max_rel < 1e-4
    assert not tsrt.check(path, rtol=0, atol=0).ok
    change_weights(path, lambda module: module.layer.bias.add_(0.25))
    report = tsrt.check(path)
    assert (report.ok, report.outputs[0].verdict) == (False, "different")
    assert report.outputs[0].max_abs == pytest.approx(0.25, rel=1e-4)
    text = str(report)
    assert text.startswith(f"{path}: DIFFERENT\n")
    assert "output  different  max abs 0.25" in text
    assert f"made with tsrt {tsrt.__version__}, libtorch {tsrt.torch_version()}" in text
    assert "checked with" in text


class Table(torch.nn.Module):
    """Returns what it holds."""

    def __init__(self, table):
        super().__init__()
        self.register_buffer("table", table)

    def forward(self) -> torch.Tensor:
        return self.table


@pytest.mark.parametrize(
    ("before", "after", "verdict", "note"),
    [
        (torch.zeros(10_000), torch.full((10_000,), 1e-6), "close", ""),
        (torch.zeros(3), torch.tensor([0, np.nan, 0]), "different", "other infinities or NaN"),
        (torch.tensor([np.inf]), torch.tensor([-np.inf]), "different", "other infinities or NaN"),
        (torch.tensor([np.nan, 1.0]), torch.tensor([np.nan, 1.000001]), "close", ""),
        (torch.arange(3), torch.tensor([0, 1, 3]), "different", "int64[3] with other values"),
        (torch.zeros(3), torch.zeros(4), "different", "was float32[3], is float32[4]"),
        (torch.zeros(3), torch.zeros(3).double(), "different", "was float32[3], is float64[3]"),
        (torch.zeros(3), -torch.zeros(3), "close", ""),
        (torch.zeros(2).cfloat(), torch.ones(2).cfloat() * 1e-6j, "close", ""),
    ],
)
def test_other_numbers(tmp_path, before, after, verdict, note):
    path = tmp_path / "table.pt"
    torch.jit.script(Table(before)).save(str(path))
    tsrt.annotate(path, ())
    save_with_signature(torch.jit.script(Table(after)), path)
    (output,) = tsrt.check(path).outputs
    assert (output.verdict, output.note) == (verdict, note)


def test_a_change_between_the_samples(tmp_path):
    """The sums see what the samples miss."""
    path, table = tmp_path / "table.pt", torch.zeros(100_000)
    torch.jit.script(Table(table)).save(str(path))
    tsrt.annotate(path, ())
    table[1] = 1000.0
    save_with_signature(torch.jit.script(Table(table)), path)
    (output,) = tsrt.check(path).outputs
    assert (output.verdict, output.note) == (
        "different",
        "the samples are close, the sums are not",
    )


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


def test_not_annotated(models):
    with pytest.raises(tsrt.NotFoundError, match=r"has no signature: write one with tsrt\.annota"):
        tsrt.check(models / "linear.pt")


@pytest.mark.parametrize(
    ("before", "after", "kind", "message"),
    [
        (b'{"format": 1', b'{"format": 9', tsrt.UnsupportedError, "has format 9, which this tsrt"),
        (b'{"format": 1', b'{"farmat": 1', tsrt.NotAModelError, "damaged .KeyError.'format'"),
        (b'{"format": 1', b'{"format": [', tsrt.NotAModelError, "annotate it again"),
        (b'"inputs/0"', b'"inputs/7"', tsrt.NotAModelError, "damaged .KeyError.'inputs/7'"),
        (b'"shape": [2, 4]', b'"shape": [3, 4]', tsrt.NotAModelError, "cannot reshape"),
    ],
)
def test_signatures_that_cannot_be_read(copy_of, before, after, kind, message):
    path = copy_of("linear")
    tsrt.annotate(path, X)
    files = {name[6:]: data for name, data in records(path).items() if "extra/tsrt/" in name}
    assert before in files["tsrt/signature.json"]
    files["tsrt/signature.json"] = files["tsrt/signature.json"].replace(before, after)
    torch.jit.load(path).save(str(path), _extra_files=files)
    with pytest.raises(kind, match=message):
        tsrt.check(path)


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
