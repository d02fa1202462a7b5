"""Models in which the call itself is much of the time; and ONNX twins of the tests' models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper


def write_onnx(models: Path, name: str, shape: tuple[int, ...]) -> None:
    """Writes identity, add_one or mlp beside the .pt file, with the weights of that file."""
    nodes, weights, width = {"identity": _identity, "add_one": _add_one, "mlp": _mlp}[name](models)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [*shape[:-1], width or shape[-1]])
    constants = [numpy_helper.from_array(array, key) for key, array in weights.items()]
    graph = helper.make_graph(nodes, name, [x], [y], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, models / f"{name}.onnx")


def _identity(models: Path):
    return [helper.make_node("Identity", ["x"], ["y"])], {}, None


def _add_one(models: Path):
    return [helper.make_node("Add", ["x", "one"], ["y"])], {"one": np.ones(1, np.float32)}, None


def _mlp(models: Path):
    state = torch.jit.load(str(models / "mlp.pt")).state_dict()
    weights = {key: value.numpy() for key, value in state.items()}
    nodes = [
        helper.make_node("Gemm", ["x", "0.weight", "0.bias"], ["a"], transB=1),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Gemm", ["b", "2.weight", "2.bias"], ["c"], transB=1),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("Gemm", ["d", "4.weight", "4.bias"], ["y"], transB=1),
    ]
    return nodes, weights, 4


def identity() -> torch.nn.Module:
    return torch.nn.Identity()


class AddOne(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


def add_one() -> torch.nn.Module:
    return AddOne()


def mlp() -> torch.nn.Module:
    torch.manual_seed(0)
    layers = [(16, 32), (32, 32), (32, 4)]
    parts = [part for sizes in layers for part in (torch.nn.Linear(*sizes), torch.nn.ReLU())]
    return torch.nn.Sequential(*parts[:-1]).eval()
