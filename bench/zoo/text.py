"""Models of sequences and features: a text encoder, an LSTM, and linears in int8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from zoo import weights

LAYERS, WIDTH, HEADS, INNER, WORDS, LONGEST = 6, 384, 12, 1536, 30522, 512


class Layer(nn.Module):
    """Attention and two linears, each added to its input and normalized after it, as in BERT."""

    def __init__(self):
        super().__init__()
        self.heads, self.root = HEADS, float(WIDTH // HEADS) ** 0.5
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.output = nn.Linear(WIDTH, WIDTH)
        self.attended = nn.LayerNorm(WIDTH, eps=1e-12)
        self.wide, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.fed = nn.LayerNorm(WIDTH, eps=1e-12)

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), x.size(1), self.heads, -1).transpose(1, 2)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.value(x)
        scores = query @ key.transpose(-1, -2) / self.root + mask
        seen = (scores.softmax(-1) @ self.split(value)).transpose(1, 2).reshape(x.shape)
        x = self.attended(x + self.output(seen))
        return self.fed(x + self.narrow(nn.functional.gelu(self.wide(x))))


class Encoder(nn.Module):
    """Tokens and their mask to one vector a text: the mean over its tokens, of length 1."""

    def __init__(self):
        super().__init__()
        self.words, self.kind = nn.Embedding(WORDS, WIDTH), nn.Embedding(2, WIDTH)
        self.places = nn.Embedding(LONGEST, WIDTH)
        self.embedded = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        places = torch.arange(tokens.size(1), device=tokens.device)
        kind = self.kind.weight[0]
        x = self.embedded(self.words(tokens) + kind + self.places(places))
        kept = mask.to(x.dtype)
        hidden = (1.0 - kept)[:, None, None, :] * -1e4
        for layer in self.layers:
            x = layer(x, hidden)
        x = (x * kept[:, :, None]).sum(1) / kept.sum(1, keepdim=True)
        return x / x.norm(2, -1, True)


# What the parts are called in the published weights.
PARTS = {
    "words": "embeddings.word_embeddings",
    "kind": "embeddings.token_type_embeddings",
    "places": "embeddings.position_embeddings",
    "embedded": "embeddings.LayerNorm",
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "output": "attention.output.dense",
    "attended": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "fed": "output.LayerNorm",
}


def published_name(name: str) -> str:
    *places, part, kind = name.split(".")
    layer = f"encoder.layer.{places[1]}." if places else ""
    return f"{layer}{PARTS[part]}.{kind}"


def minilm() -> nn.Module:
    """all-MiniLM-L6-v2 with its weights, or with random ones where they cannot be had: the time of
    a call is the same."""
    torch.manual_seed(0)
    model, found = Encoder().eval(), weights.minilm()
    if found:
        arrays = {name: found[published_name(name)] for name in model.state_dict()}
        model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return model


class LSTM(nn.Module):
    """Two layers over a sequence, and four numbers from their last state."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(64, 128, num_layers=2, batch_first=True)
        self.head = nn.Linear(128, 4)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.lstm(x)
        return self.head(states[:, -1])


def lstm() -> nn.Module:
    torch.manual_seed(0)
    return LSTM().eval()


def wide_mlp() -> nn.Sequential:
    torch.manual_seed(0)
    sizes = [(512, 1024), (1024, 1024), (1024, 256)]
    layers = [layer for size in sizes for layer in (nn.Linear(*size), nn.ReLU())]
    return nn.Sequential(*layers[:-1]).eval()


def int8() -> nn.Module:
    """Three linears whose weights are int8, and whose inputs are rounded to it call by call."""
    return torch.ao.quantization.quantize_dynamic(wide_mlp(), {nn.Linear}, torch.qint8)


def write_int8_onnx(path: Path) -> None:
    """The same linears, quantized by ONNX Runtime's own means: torch's do not export."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    wide = path.with_name("int8.float.onnx")
    torch.onnx.export(
        *(wide_mlp(), (torch.from_numpy(np.zeros((2, 512), np.float32)),), str(wide)),
        dynamo=False,
        input_names=["x0"],
        output_names=["y"],
        dynamic_axes={"x0": {0: "batch"}, "y": {0: "batch"}},
    )
    quantize_dynamic(wide, path, weight_type=QuantType.QInt8)
