"""tsrt.check: what it finds in models whose numbers have changed, and in signatures that have."""

import numpy as np
import pytest
import torch
from test_signature import X, records

import tsrt


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


# ---- signatures that are of no use


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
