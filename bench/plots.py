"""The plots of the report. Sides differ by hatch and shade, so that they can be told on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from saved import Groups, Row

# Shade and hatch of each side; what is tsrt's is dark.
LOOKS = {
    "tsrt exact": ("0.35", ""),
    "tsrt tuned": ("0.1", ""),
    "tsrt tuned bf16": ("0.1", "..."),
    "torch.jit": ("1.0", "///"),
    "torch eager": ("1.0", "..."),
    "torch.compile": ("1.0", "xxx"),
    "ONNX Runtime": ("0.8", "\\\\\\"),
    "OpenVINO": ("0.8", "|||"),
}
OTHER = ("0.95", "")
# Other names of theirs, in the other benchmarks.
ALSO = {
    **dict.fromkeys(("tsrt", "tsrt out=", "C (tsrt)", "C ABI", "ctypes"), "tsrt exact"),
    **dict.fromkeys(("torch", "torch.jit forward"), "torch.jit"),
    **dict.fromkeys(("onnxruntime", "ONNX Runtime bound"), "ONNX Runtime"),
}
COLUMNS = 3

plt.rcParams.update({"font.size": 9, "hatch.linewidth": 0.6, "axes.spines.top": False})
plt.rcParams.update({"axes.spines.right": False, "axes.titlesize": 10, "axes.titleweight": "bold"})


def duration(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 0.995:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def panels(groups: Groups, titles: dict[str, str], path: Path, key: str = "median") -> None:
    """A panel for each group, with a bar for each side: its median, and a line over its quartiles.

    titles: what to write over each group that is drawn. A bar that would be more than four times as
    long as that of the first side is cut off, with a mark where.
    """
    shown = [name for name in titles if name in groups]
    n_columns = min(COLUMNS, len(shown))
    n_rows = -(-len(shown) // n_columns)
    most = max(len(groups[name]) for name in shown)
    size = (4.2 * n_columns, n_rows * (0.27 * most + 0.75))
    figure, axes = plt.subplots(n_rows, n_columns, figsize=size, squeeze=False)
    for axis, name in zip(axes.flat, shown, strict=False):
        _panel(axis, groups[name], titles[name], most, key)
    for axis in axes.flat[len(shown) :]:
        axis.set_visible(False)
    _save(figure, path)


def _panel(axis: Any, rows: dict[str, Row], title: str, most: int, key: str) -> None:
    first = next(iter(rows.values()))[key]
    longest = min(max(row[key] for row in rows.values()), 4 * first)
    for place, (side, row) in enumerate(rows.items()):
        name = side.partition(",")[0]
        shade, hatch = LOOKS.get(ALSO.get(name, name), OTHER)
        length = min(row[key], longest)
        cut = row[key] > longest * 1.001
        axis.barh(place, length, 0.72, color=shade, hatch=hatch, edgecolor="black", linewidth=0.7)
        end = length
        if cut:
            axis.text(length * 0.9, place, "//", va="center", backgroundcolor="white", fontsize=7)
        else:
            end = max(length, min(row["q3"], longest * 1.15))
            line = {"color": "0.5" if shade < "0.5" else "black", "linewidth": 1.2}
            axis.plot([row["q1"], end], [place, place], **line)
        text = f"{duration(row[key])}  ({row[key] / first:.2f})"
        axis.text(end + longest * 0.02, place, text, va="center", fontsize=8)
    axis.set_yticks(range(len(rows)), list(rows))
    axis.set_ylim(most - 0.4, -0.6)
    axis.set_xlim(0, longest * 1.5)
    axis.set_xticks([])
    axis.spines["bottom"].set_visible(False)
    axis.spines["left"].set_bounds(-0.6, len(rows) - 0.4)
    axis.tick_params(axis="y", length=0)
    axis.set_title(title, loc="left")


def targets(bars: list[dict[str, Any]], path: Path) -> None:
    """Each measured target as its figure by its limit: left of the line is met."""
    measured = [bar for bar in bars if bar["median"] is not None]
    figure, axis = plt.subplots(figsize=(9, 0.27 * len(measured) + 0.9))
    for place, bar in enumerate(measured):
        shares = [_share(bar, bar[which]) for which in ("median", "best")]
        met = bar["verdict"] == "met"
        axis.plot(shares, [place, place], color="0.5", linewidth=1)
        axis.plot(shares[1], place, marker="|", color="black", markersize=8)
        axis.plot(
            *(shares[0], place),
            marker="o" if met else "X",
            color="black",
            markerfacecolor="black" if met else "white",
            markersize=7,
        )
    axis.axvline(1, color="black", linewidth=1, linestyle="--")
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_yticks(range(len(measured)), [_target_name(bar) for bar in measured])
    axis.set_ylim(len(measured) - 0.4, -0.6)
    axis.set_xlabel("share of the limit   (● met, ✕ not met, | best rounds; less is better)")
    axis.grid(axis="y", color="0.9")
    axis.set_axisbelow(True)
    _save(figure, path)


def _share(bar: dict[str, Any], value: float) -> float:
    """Clipped to what the plot shows."""
    share = value / bar["limit"] if bar["sense"] == "<=" else bar["limit"] / max(value, 1e-9)
    return min(max(share, 1 / 16), 16)


def _target_name(bar: dict[str, Any]) -> str:
    return f"{bar['name']} {bar['sense']} {bar['limit']:g}"


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)
