"""Draws sound and speech over time as lines of text."""

import math
from collections.abc import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " .:-=+*#@"


def segments(
    probabilities: Sequence[float],
    chunk: float,
    on: float = 0.5,
    off: float = 0.35,
    pause: float = 0.2,
    shortest: float = 0.25,
) -> list[tuple[float, float]]:
    """Start and end, in seconds, of each stretch of speech; `chunk` is one probability's time.

    Speech begins at `on` and lasts until the probability has been under `off` for `pause`
    seconds, so that a breath does not cut a sentence in two; what is shorter than `shortest` is
    no speech.
    """
    found = []
    start: int | None = None
    last = 0
    for i, p in enumerate([*probabilities, *[0.0] * math.ceil(pause / chunk)]):
        if p >= (on if start is None else off):
            start = i if start is None else start
            last = i
        elif start is not None and (i - last) * chunk >= pause:
            if (last + 1 - start) * chunk >= shortest:
                found.append((start * chunk, (last + 1) * chunk))
            start = None
    return found


def bars(values: Sequence[float], width: int, ramp: str) -> str:
    """Values from 0 to 1 as `width` characters, the higher the value the fuller the character."""
    line = ""
    for column in range(width):
        first = column * len(values) // width
        part = values[first : max(first + 1, (column + 1) * len(values) // width)]
        line += ramp[round(sum(part) / len(part) * (len(ramp) - 1))]
    return line


def loudness(chunk: Sequence[float]) -> float:
    """0 for silence (50 dB under full scale, and less), 1 for full scale."""
    power = sum(x * x for x in chunk) / len(chunk)
    return min(1.0, max(0.0, 1 + 10 * math.log10(power + 1e-12) / 50))


def marks(found: Sequence[tuple[float, float]], seconds: float, width: int, mark: str) -> str:
    """The segments as stretches of `mark`."""
    line = [" "] * width
    for start, end in found:
        first, last = round(start / seconds * width), round(end / seconds * width)
        line[first:last] = [mark] * (last - first)
    return "".join(line)


def axis(seconds: float, width: int) -> str:
    """The seconds, each number where its second begins."""
    line = [" "] * width
    for second in range(math.ceil(seconds)):
        for i, character in enumerate(f"{second} s"):
            at = int(second / seconds * width) + i
            if at < width:
                line[at] = character
    return "".join(line).rstrip()
