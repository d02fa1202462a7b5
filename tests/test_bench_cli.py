"""`python -m tsrt bench` and the fixture tsrt_benchmark: what they say and save, not how fast."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import tsrt
from tsrt import _bench_output, _turns, bench

SIDES = ["tsrt exact", "tsrt tuned", "torch.jit"]
SIDES_HERE = SIDES


def command(*words):
    return subprocess.run(
        [sys.executable, "-m", "tsrt", "bench", *map(str, words)], capture_output=True, text=True
    )


def failure(*words):
    done = command(*words)
    assert done.returncode == 1 and not done.stdout, done
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def saved(models, tmp_path_factory):
    """What is printed and saved for the MLP."""
    path = tmp_path_factory.mktemp("bench") / "run.json"
    done = command(models / "mlp.pt", "--shape", "1,16", "--seconds", "0.1", "--json", path)
    assert done.returncode == 0, done.stderr
    return done.stdout, path


def test_every_side_has_a_row(saved):
    printed, _ = saved
    about, titles, *rows = printed.splitlines()
    assert "mlp.pt, LibTorch 2." in about and "1 thread" in about
    assert titles.split()[:3] == ["median", "IQR", "best"]
    for side, row in zip(SIDES_HERE, rows, strict=False):
        assert row.startswith(side)


def test_json_is_pytest_benchmarks(saved):
    _, path = saved
    document = json.loads(path.read_text())
    for each, side in zip(document["benchmarks"], SIDES_HERE, strict=True):
        stats = each["stats"]
        assert each["param"] == side and each["group"] == "mlp.pt"
        assert 0 < stats["min"] <= stats["q1"] <= stats["median"] <= stats["q3"] <= stats["max"]
        assert len(stats["data"]) == stats["rounds"] >= 5
        assert each["extra_info"]["tsrt"] == tsrt.__version__
        assert each["extra_info"]["difference"] == 0 or side == "tsrt tuned"


def test_pytest_benchmark_compares_it(saved):
    _, path = saved
    later = shutil.copy(path, path.with_name("later.json"))
    compare = [sys.executable, "-m", "pytest_benchmark", "compare", path, later]
    done = subprocess.run(compare, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count("mlp.pt[tsrt exact]") == 2, done


def test_inputs_come_from_the_signature(copy_of):
    path = copy_of("mlp")
    tsrt.annotate(path, np.ones((2, 16), np.float32))
    done = command(path, "--seconds", "0.05", "--no-tune")
    assert done.returncode == 0 and "tsrt tuned" not in done.stdout, done


def test_inputs_come_from_files(models, tmp_path):
    np.save(tmp_path / "x.npy", np.ones((1, 16), np.float32))
    calls, method = bench.inputs_of(str(models / "mlp.pt"), [], [], [str(tmp_path / "x.npy")])
    assert calls[0][0][0].shape == (1, 16) and method is None


def test_shapes_and_dtypes():
    calls, _ = bench.inputs_of("a.pt", ["2,3", "4"], ["float16", "int64"], [])
    (half, whole), _ = calls[0]
    assert (half.shape, half.dtype) == ((2, 3), np.float16)
    assert (whole.shape, whole.dtype) == ((4,), np.int64)
    assert set(whole) <= {0, 1}


def test_what_is_missing_is_said(models, tmp_path):
    mlp = models / "mlp.pt"
    assert "give a --shape" in failure(mlp)
    assert "does not exist" in failure(tmp_path / "absent.pt")
    assert "'1,x' has to be sizes" in failure(mlp, "--shape", "1,x")
    assert "none of NumPy's" in failure(mlp, "--shape", "1,16", "--dtype", "float33")
    assert "one of them is enough" in failure(mlp, "--shape", "1", "--input", "x.npy")
    assert "is not an array" in failure(mlp, "--input", tmp_path / "absent.npy")
    assert "2 --dtype" in failure(mlp, "--shape", "1", *["--dtype", "int8"] * 2)
    assert "--threads has to be" in failure(mlp, "--shape", "1,16", "--threads", "0")
    assert "cannot be multiplied" in failure(mlp, "--shape", "1,17")


def test_other_answers_are_not_timed():
    with pytest.raises(_turns.SideError, match=r"torch.jit differ .* by 0[.]1"):
        bench._check_equal({"tsrt exact": 0.0, "torch.jit": 0.1})
    with pytest.raises(_turns.SideError):
        bench._check_equal({"torch.jit": float("nan")})


@pytest.mark.parametrize(
    ("ours", "theirs", "apart"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0),
        ([1.0, 2.5], [1.0, 2.0], 0.25),
        ([np.nan, 1.0], [np.nan, 1.0], 0),
        ([np.nan, 1.0], [0.0, 1.0], np.inf),
        ([1.0], [1.0, 2.0], np.inf),
        ([], [], 0),
    ],
)
def test_difference(ours, theirs, apart):
    assert _turns._apart(np.array(ours), np.array(theirs)) == apart


def test_rounds_take_turns():
    order = []
    tasks = {name: lambda name=name: order.append(name) or 1.0 for name in "abc"}
    assert _turns.interleave(tasks, 2) == {name: [1.0, 1.0] for name in "abc"}
    assert "".join(order) == "abcbca"


def test_durations():
    assert [_bench_output.duration(s) for s in (2, 0.0125, 3e-6, 5e-8)] == [
        *("2 s", "12.5 ms", "3 us", "50 ns"),
    ]


@pytest.mark.parametrize("with_rich", [True, False])
def test_terminal(with_rich, monkeypatch, capsys):
    """On a terminal rich draws, and without it the same is there in plain text."""
    if not with_rich:
        for name in ("rich", "rich.console", "rich.progress", "rich.table"):
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    result = bench.Result("tsrt exact", [1e-3] * 5, 7, 1.0, 0.0, {"torch": "2.13.0", "plan": "p"})
    with _bench_output.progress() as progress:
        progress("timing", 0.5)
    _bench_output.show(bench.Measured("m.pt", 2, [result], {"torch.jit": "no torch"}))
    printed = capsys.readouterr().out
    for part in ("2 threads", "tsrt exact", "1 ms", "7 x 5", "plan", "without torch.jit: no torch"):
        assert part in printed
    assert ("─" in printed) == with_rich


FIXTURE = """
import sys
import numpy as np

def test_speed(tsrt_benchmark):
    result = tsrt_benchmark({path!r}, np.ones((1, 16), np.float32), seconds=0.05)
    assert result.median > 0
    assert "torch" not in sys.modules
"""


def pytest_run(folder, *words):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, "test_speed.py"]
    # pytest-benchmark rests in a worker of xdist, which this may run in.
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=own)


def test_fixture(models, tmp_path):
    (tmp_path / "test_speed.py").write_text(FIXTURE.format(path=str(models / "mlp.pt")))
    done = pytest_run(tmp_path, "--benchmark-json=run.json")
    assert done.returncode == 0, done.stdout
    rows = json.loads((tmp_path / "run.json").read_text())["benchmarks"]
    assert [row["extra_info"]["side"] for row in rows] == SIDES_HERE
    assert {row["group"] for row in rows} == {"test_speed"}
    for row in rows:
        assert row["extra_info"]["difference"] <= 1e-3 and row["extra_info"]["threads"] == 1


def test_fixture_without_pytest_benchmark(models, tmp_path):
    (tmp_path / "test_speed.py").write_text(FIXTURE.format(path=str(models / "mlp.pt")))
    done = pytest_run(tmp_path, "-p", "no:benchmark", "-rs")
    assert done.returncode == 0 and "needs pytest-benchmark" in done.stdout, done.stdout


def test_plugin_costs_pytest_next_to_nothing():
    code = (
        "import sys, pytest; before = set(sys.modules); import tsrt.pytest_plugin;"
        "print({name.split('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "torch", "rich", "pytest_benchmark"} & set(eval(done.stdout)), done.stdout
