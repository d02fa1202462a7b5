"""The demo as `make demo` runs it, with its output going into a pipe."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo" / "demo.py"
COLOURS = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")  # ask rich for a terminal's output


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    environment = {name: value for name, value in os.environ.items() if name not in COLOURS}
    done = subprocess.run(
        [sys.executable, DEMO, tmp_path_factory.mktemp("demo")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def five_numbers(output, runtime):
    """What each table says that a runtime has answered."""
    number = r"-?\d+\.\d{4}"
    return re.findall(rf"^{runtime} +({number}(?: {number}){{4}}) ", output, re.MULTILINE)


def test_prints_plain_text_into_a_pipe(output):
    assert output.isascii()
    assert "\x1b" not in output
    assert max(map(len, output.splitlines())) <= 100


def test_prints_the_same_five_numbers_three_times(output):
    expected = five_numbers(output, "torch")
    assert len(expected) == 3  # ResNet-18, and both sides of the branch
    assert five_numbers(output, "tsrt Python") == expected
    assert five_numbers(output, "tsrt C") == expected
    assert f"example-app prints: ok {expected[0]}" in output
    assert output.count("identical bit for bit: yes") == 4


def test_finds_both_sentences_and_not_the_noise_between_them(output):
    found = re.findall(r"^speech \d +([\d.]+) s +([\d.]+) s", output, re.MULTILINE)
    (start_1, end_1), (start_2, end_2) = [(float(start), float(end)) for start, end in found]
    assert 0.4 < start_1 < 0.7 and 3.0 < end_1 < 3.5
    assert 5.0 < start_2 < 5.4 and 7.2 < end_2 < 7.7
    drawn = re.findall(r"^(?:torch|tsrt) {2,}([^\d\n]+)$", output, re.MULTILINE)
    assert len(drawn) == 2 and drawn[0] == drawn[1]
