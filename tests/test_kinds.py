"""Values beyond numbers, text and plain tensors: complex, device, Any, quantized, layouts."""

from typing import Any

import numpy as np
import pytest
import torch
from same import assert_same
from torch import Tensor, nn

import tsrt

X = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)


class Kinds(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.quantize_per_tensor(x, 0.1, 10, torch.quint8)

    @torch.jit.export
    def complex_numbers(self, z: complex, more: list[complex]) -> tuple[complex, list[complex]]:
        return z * 2j, more

    @torch.jit.export
    def where(self, device: torch.device) -> tuple[torch.device, bool]:
        return device, device == torch.device("cpu")

    @torch.jit.export
    def cast(self, x: Tensor, dtype: torch.dtype) -> Tensor:
        return x.to(dtype)

    @torch.jit.export
    def kind_of(self, x: Any) -> str:
        if isinstance(x, int):
            return "int"
        if isinstance(x, str):
            return "str"
        if isinstance(x, list[int]):
            return "List[int]"
        if isinstance(x, dict[str, Tensor]):
            return "Dict[str, Tensor]"
        return "other"

    @torch.jit.export
    def either(self, x: int | list[str] | dict[int, float]) -> str:
        if isinstance(x, int):
            return "int"
        if isinstance(x, list[str]):
            return "List[str]"
        return "Dict[int, float]"

    @torch.jit.export
    def scalar(self, x: Tensor, by: float | None = None) -> Tensor:
        return x if by is None else x * by

    @torch.jit.export
    def rows(self, table: dict[str, list[Tensor]]) -> list[dict[str, Tensor]]:
        rows: list[dict[str, Tensor]] = []
        for name, column in table.items():
            for i, cell in enumerate(column):
                if i == len(rows):
                    rows.append({})
                rows[i][name] = cell
        return rows

    @torch.jit.export
    def by_number(self, table: dict[int, tuple[str, float]]) -> dict[float, bool]:
        return {value[1]: key > 1 for key, value in table.items()}

    @torch.jit.export
    def per_channel(self, x: Tensor) -> Tensor:
        scales = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
        return torch.quantize_per_channel(x, scales, torch.tensor([0, 1, 2]), 1, torch.qint8)

    @torch.jit.export
    def dequantize(self, q: Tensor) -> tuple[Tensor, list[Tensor]]:
        return q.dequantize(), [q]

    @torch.jit.export
    def nested_tensor(self, x: Tensor) -> Tensor:
        return torch._nested_tensor_from_tensor_list([x, x[:1]])

    @torch.jit.export
    def meta(self, x: Tensor) -> Tensor:
        return x.to(torch.device("meta"))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("kinds") / "kinds.pt"
    torch.jit.script(Kinds()).save(str(path))
    return path


def test_complex_numbers(path):
    run = tsrt.Model(path).run
    assert run("complex_numbers", 1 + 2j, [3, 4.5, 1j]) == (-4 + 2j, [3, 4.5, 1j])
    assert run("complex_numbers", np.complex64(1j), []) == (-2, [])


def test_devices_and_dtypes(path):
    run = tsrt.Model(path).run
    assert run("where", "cpu") == ("cpu", True)
    assert run("where", run("where", "cpu")[0])[1]
    with pytest.raises(tsrt.DeviceError, match="'warp' is not available"):
        run("where", "warp")
    for dtype in (np.float16, np.dtype("int64"), np.complex64, np.bool_):
        assert run("cast", X, dtype).dtype == dtype
    with pytest.raises(tsrt.InvalidArgumentError, match="dtype object"):
        run("cast", X, np.dtype(object))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "int"),
        ("a", "str"),
        ([1, 2], "List[int]"),
        ({"a": X}, "Dict[str, Tensor]"),
        ([1, "a"], "other"),
        ([], "other"),
    ],
)
def test_any_keeps_its_type(path, value, kind):
    assert tsrt.Model(path).run("kind_of", value) == kind


def test_unions_and_optionals(path):
    run = tsrt.Model(path).run
    assert run("either", 3) == "int"
    assert run("either", ["a"]) == run("either", []) == "List[str]"
    assert run("either", {1: 2}) == run("either", {}) == "Dict[int, float]"
    with pytest.raises(tsrt.InvalidArgumentError, match="'x' is a float and has to be Union"):
        run("either", 1.5)
    assert run("scalar", X, 2).tolist() == (X * 2).tolist()
    assert run("scalar", X, None).tolist() == run("scalar", X).tolist() == X.tolist()


def test_dicts_in_lists_of_dicts_out(path):
    run = tsrt.Model(path).run
    rows = run("rows", {"a": [X, X + 1], "b": [X[0]]})
    assert [list(row) for row in rows] == [["a", "b"], ["a"]]
    assert rows[1]["a"].tolist() == (X + 1).tolist()
    assert run("rows", table={}) == []
    assert run("by_number", {1: ("a", 1.5), 2: ("b", 2)}) == {1.5: False, 2.0: True}
    for bad, where in (
        ({"a": [X, 3]}, r"'table'\['a'\]\[1\] is an int and has to be Tensor"),
        ({1: [X]}, "'table' key is an int and has to be str"),
        ([X], "'table' is a list and has to be Dict"),
    ):
        with pytest.raises(tsrt.InvalidArgumentError, match=where):
            run("rows", bad)
    with pytest.raises(tsrt.InvalidArgumentError, match="not UTF-8: byte 1"):
        run("rows", {"a\ud800": [X]})


def test_quantized_tensors(path):
    model = tsrt.Model(path)
    theirs = torch.jit.load(path)
    with torch.no_grad():
        for method in ("forward", "per_channel"):
            expected = getattr(theirs, method)(torch.from_numpy(X))
            ours = model.run(method, X)
            assert_same(ours, expected)
            assert ours.dequantize().tobytes() == expected.dequantize().numpy().tobytes()
            numbers, (same,) = model.run("dequantize", ours)
            assert numbers.tobytes() == ours.dequantize().tobytes()
            assert_same(same, expected)
    assert_same(model(X), theirs(torch.from_numpy(X)))
    mine = tsrt.QuantizedTensor(np.array([1, 2], np.int32), 0.5, 1)
    assert model.run("dequantize", mine)[0].tolist() == [0, 0.5]
    for bad, message in (
        (tsrt.QuantizedTensor(X, 1.0), "float32 and have to be int8, uint8 or int32"),
        (tsrt.QuantizedTensor(np.int8([1]), [1.0, 2.0]), "2 scales"),
        (tsrt.QuantizedTensor(np.int8([1]), [1.0, 2.0], [0, 0], 0), "axis 0 needs 1 of each"),
        (tsrt.QuantizedTensor(np.int8([1]), [1.0], [0], 5), "axis is 5"),
    ):
        with pytest.raises(tsrt.InvalidArgumentError, match=message):
            model.run("dequantize", bad)


def test_tensors_without_plain_memory(path):
    run = tsrt.Model(path).run
    with pytest.raises(tsrt.UnsupportedError, match=r"nested tensor.*to_padded_tensor"):
        run("nested_tensor", X)
    with pytest.raises(tsrt.UnsupportedError, match="meta tensor"):
        run("meta", X)
    assert run("scalar", X).shape == (2, 3)
