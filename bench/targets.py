"""What tsrt promises, as a figure and the limit that it has to keep. Nothing fails by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from saved import Groups

MICRO = 1e6
TUNED, EXACT, ONNX, JIT = "tsrt tuned", "tsrt exact", "ONNX Runtime", "torch.jit"

# Time of the tuned model by that of ONNX Runtime, and by that of torch.jit: batch 1, one thread.
MODELS = {
    "identity": (TUNED, 0.20, 0.25),
    "x+1": (TUNED, 0.70, 0.45),
    "MLP 16-32-32-4": (TUNED, 0.50, 0.25),
    "Silero VAD": (TUNED, 0.65, 0.30),
    "MiniLM, seq 32": (TUNED, 0.80, 0.50),
    "ResNet-18": (TUNED, 0.97, 0.65),
    "ResNet-18 in bf16": ("tsrt tuned bf16", 0.55, 0.40),
}

# A name, a sense, a limit, and how to find the figure by medians and by best rounds.
Target = tuple[str, str, float, Callable[[], list[float]]]


def bars(groups: Groups) -> list[dict[str, Any]]:
    """Every target with its figures and whether it is met."""
    return [_judge(*target) for find in (_models, _starts, _calls) for target in find(groups)]


def _models(groups: Groups) -> Iterator[Target]:
    for model, (side, *limits) in MODELS.items():
        group = f"model: {model.removesuffix(' in bf16')}, batch 1, 1 thread"
        for other, limit in zip((ONNX, JIT), limits, strict=True):

            def figures(group=group, side=side, other=other) -> list[float]:
                rows = groups[group]
                return [rows[side][f"to {other}"], rows[side]["min"] / rows[other]["min"]]

            yield f"{model}: tuned / {other}", "<=", limit, figures


def _starts(groups: Groups) -> Iterator[Target]:
    for group, rows in groups.items():
        if group.startswith("first call: "):

            def figures(rows=rows) -> list[float]:
                row = rows[EXACT]
                return [row["to_settled"], row["min"] / row["settled"]]

            yield f"{group} / settled, exact", "<=", 1.5, figures
    for model in ("MLP 16-32-32-4", "ResNet-18"):
        rows = groups.get(f"cold start: {model}", {})

        def figures(rows=rows) -> list[float]:
            ours, bare = rows["C (tsrt)"], rows["C++ (LibTorch)"]
            return [ours["to_libtorch"], ours["min"] / bare["min"]]

        yield f"first output of {model}: C / bare LibTorch", "<=", 1.15, figures
    cold = groups.get("cold start: MLP 16-32-32-4", {})
    yield "first output: torch / tsrt", ">=", 4.0, lambda: _times(cold, "torch")
    yield "resident memory: tsrt / torch", "<=", 0.6, lambda: [cold["tsrt"]["memory_to_torch"]] * 2


def _calls(groups: Groups) -> Iterator[Target]:
    for group, rows in groups.items():
        if group.startswith("host threads: "):
            yield f"{group}, gain of two", ">=", 1.9, lambda rows=rows: [rows[EXACT]["gain"]] * 2
    call, ladder = groups.get("call: identity", {}), groups.get("size ladder: tsrt", {})

    def over_floor() -> list[float]:
        best = call["tsrt"]["min"] - call["C++ floor"]["min"]
        return [value * MICRO for value in (call["tsrt"]["over_floor"], best)]

    yield "identity: tsrt over the C++ floor, us", "<=", 0.25, over_floor
    for slower in (JIT, "torch.jit forward", ONNX):
        yield f"identity: {slower} / tsrt", ">=", 3.0, lambda slower=slower: _times(call, slower)

    def of_size() -> list[float]:
        return [ladder["1 GB"]["to_1_kb"], ladder["1 GB"]["min"] / ladder["1 KB"]["min"]]

    yield "1 GB input: time / that of 1 KB", "<=", 1.1, of_size
    growth = "1 GB input: growth of memory, KB"
    yield growth, "<=", 64.0, lambda: [ladder["1 GB"]["growth_kb"]] * 2


def _times(rows: dict[str, Any], slower: str) -> list[float]:
    return [rows[slower]["to_tsrt"], rows[slower]["min"] / rows["tsrt"]["min"]]


def _judge(
    name: str, sense: str, limit: float, figures: Callable[[], list[float]]
) -> dict[str, Any]:
    """By medians; noise from other work on the machine can spoil them, so best rounds are said."""
    bar = {"name": name, "sense": sense, "limit": limit}
    try:
        median, best = figures()
    except KeyError:
        return {**bar, "median": None, "best": None, "verdict": "not measured"}
    keeps = limit.__ge__ if sense == "<=" else limit.__le__
    met, best_met = keeps(median), keeps(best)
    verdict = "met" if met else "met in the best rounds only" if best_met else "not met"
    return {**bar, "median": median, "best": best, "verdict": verdict}
