"""Tuning: plans are tried, held to the exact results, timed, chosen, reported and kept."""

import threading
import time

import numpy as np
import pytest

import tsrt

RNG = np.random.default_rng(0)
ROW = RNG.standard_normal((1, 16)).astype(np.float32)
IMAGE = RNG.standard_normal((1, 3, 32, 32)).astype(np.float32)
QUICK = {"seconds": 0.05}


def plan_of(model, method="forward"):
    return next(each["plan"] for each in model.describe()["methods"] if each["name"] == method)


def tried(report):
    return {each["name"]: each for each in report.plans}


def test_an_mlp_runs_by_packed_operators(load):
    """Seven times faster in fact, so that no noise makes another plan win."""
    model = load("mlp", threads=1)
    wanted = model(ROW)
    report = model.tune(ROW, seconds=0.3)
    assert report.plan == plan_of(model) == "packed"
    assert report.method == "forward"
    np.testing.assert_allclose(model(ROW), wanted, rtol=1e-5, atol=1e-6)
    exact, packed = tried(report)["exact"], tried(report)["packed"]
    assert exact["error"] == 0
    assert exact["ratio"] == 1
    assert packed["chosen"]
    assert 0 < packed["error"] < 1e-5
    assert packed["ratio"] < 0.97
    assert len(packed["seconds"]) == 1


def test_reports_are_tables(load):
    report = load("mlp", threads=1).tune(ROW, np.tile(ROW, (8, 1)), **QUICK)
    lines = str(report).splitlines()
    assert [line.split()[0] for line in lines] == ["plan", *tried(report)]
    assert sum("chosen" in line for line in lines) == 1
    assert "forward" in repr(report)
    assert all(len(each["seconds"]) in (0, 2) for each in report.plans)


def test_nothing_to_gain(load):
    model = load("identity")
    report = model.tune(ROW, **QUICK)
    assert tried(report)["packed"]["dropped"] == "there is nothing for it in the graph"
    assert "bfloat16" not in str(report)
    np.testing.assert_array_equal(model(ROW), ROW)


def test_bfloat16_is_a_choice(load):
    report = load("residual").tune(IMAGE, bfloat16=True, **QUICK)
    rows = tried(report)
    assert {"prepacked-bfloat16", "fused-bfloat16"} <= set(rows)
    assert 1e-4 < rows["prepacked-bfloat16"]["error"] < 0.02, report
    strict = load("residual").tune(IMAGE, bfloat16=True, tolerance=1e-5, **QUICK)
    assert tried(strict)["prepacked-bfloat16"]["dropped"] == "results are off by more than 1e-05"
    assert not tried(strict)["prepacked-bfloat16"]["chosen"]


def test_a_tight_tolerance_drops_what_is_not_exact(load):
    rows = tried(load("mlp").tune(ROW, tolerance=1e-12, **QUICK))
    assert "off by more than" in rows["packed"]["dropped"]
    assert not rows["packed"]["chosen"]


def test_state_is_not_touched(load):
    model, other = load("stream"), load("stream")
    x = RNG.standard_normal((1, 64)).astype(np.float32)
    model(x), other(x)
    report = model.tune(x, **QUICK)
    assert tried(report)["fused"]["dropped"] == "the method writes to the model's state"
    np.testing.assert_allclose(model(x), other(x), rtol=1e-4, atol=1e-6)


def test_results_that_differ_by_themselves(load):
    report = load("dropping").tune(np.ones((2, 4), np.float32), **QUICK)
    assert report.plan == "exact"
    assert tried(report)["folded"]["dropped"] == "results differ from one exact run to the next"


def test_tensors_that_are_written_to(load):
    report = load("batch_norm_train").tune(IMAGE, **QUICK)
    assert report.plan == "exact"
    assert "writes to its tensors in place" in tried(report)["folded"]["dropped"]


def test_any_method_on_any_values(load):
    model = load("scaled")
    with pytest.raises(tsrt.NotFoundError, match="has no method 'encode'"):
        model.tune(ROW, method="encode")
    with pytest.raises(tsrt.NotFoundError, match="has no method"):
        model.tune((1.0,), method="inner.shift")
    report = model.tune((np.ones((2, 4), np.float32),), **QUICK)
    assert tried(report)["folded"]["dropped"] is None


def test_bad_calls(load):
    model = load("mlp")
    with pytest.raises(tsrt.InvalidArgumentError, match="give at least one"):
        model.tune()
    with pytest.raises(tsrt.InvalidArgumentError, match="option seconds is"):
        model.tune(ROW, seconds=-1)
    with pytest.raises(tsrt.InvalidArgumentError, match="option tolerance is"):
        model.tune(ROW, tolerance=2)
    with pytest.raises(tsrt.ModelError, match="mat1 and mat2"):
        model.tune(np.ones((2, 3), np.float32))
    with pytest.raises(tsrt.InvalidArgumentError):
        model.tune((ROW, ROW))
    assert plan_of(model) == "exact"
    assert model(ROW).shape == (1, 4)


def test_a_choice_is_kept_in_a_file(models, tmp_path):
    plans = tmp_path / "mlp.plans"
    options = {"optimize": "auto", "plans": plans, "threads": 1}
    model = tsrt.Model(models / "mlp.pt", example_inputs=ROW, **options)
    assert plan_of(model) == "packed"
    before = plans.stat().st_mtime_ns
    again = tsrt.Model(models / "mlp.pt", example_inputs=ROW, **options)
    assert plan_of(again) == "packed"
    assert plans.stat().st_mtime_ns == before  # it was not tuned a second time
    assert plan_of(tsrt.Model(models / "mlp.pt", **options)) == "packed"
    assert plan_of(tsrt.Model(models / "mlp.pt")) == "exact"


def test_a_choice_is_kept_in_the_archive(copy_of):
    path = copy_of("mlp")
    tsrt.annotate(path, (ROW,))
    report = tsrt.Model(path, threads=1).tune(ROW, seconds=0.3)
    report.save_into(path)
    tsrt.verify(path)
    model = tsrt.Model(path, optimize="auto")
    assert plan_of(model) == "packed"
    assert set(model.extra_files) >= {"note.txt", "tsrt/plans.txt", "tsrt/inputs.txt"}
    assert plan_of(tsrt.Model(path)) == "exact"
    assert plan_of(tsrt.Model(path, optimize="auto", trust="restricted")) == "packed"


def test_several_shapes_at_load(models):
    rows = [ROW, (np.tile(ROW, (4, 1)),)]
    model = tsrt.Model(models / "mlp.pt", optimize="auto", example_inputs=rows, tuning=QUICK)
    assert model(np.tile(ROW, (3, 1))).shape == (3, 4)


def test_clones_and_handles_have_the_choice(load):
    model = load("mlp", threads=1)
    clone_before = model.clone()
    handle = model.share(timeout=5)
    model.tune(ROW, seconds=0.3)
    assert plan_of(model) == plan_of(handle) == plan_of(model.clone()) == "packed"
    assert plan_of(clone_before) == "exact"


def test_a_model_runs_while_it_is_tuned(load):
    model = load("residual", threads=1)
    wanted = model(IMAGE)
    stop, failures = threading.Event(), []

    def work():
        try:
            while not stop.is_set():
                np.testing.assert_allclose(model(IMAGE), wanted, rtol=1e-3, atol=1e-4)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    model.tune(IMAGE, seconds=0.2)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_change_meanwhile_is_an_error(load):
    model = load("mlp", threads=1)
    failure = []

    def tune():
        try:
            model.tune(ROW, seconds=2)
        except tsrt.InvalidArgumentError as error:
            failure.append(str(error))

    thread = threading.Thread(target=tune)
    thread.start()
    time.sleep(0.3)
    model.train()
    thread.join()
    assert failure == ["the model was changed while it was tuned: tune it again"]
    assert plan_of(model) == "exact"


def test_tuning_can_be_cancelled(load):
    model = load("mlp", threads=1)
    raised = []

    def tune():
        try:
            model.tune(ROW, seconds=60)
        except tsrt.CancelledError as error:
            raised.append(error)

    thread = threading.Thread(target=tune)
    thread.start()
    begin = time.monotonic()
    while thread.is_alive() and time.monotonic() - begin < 30:
        time.sleep(0.05)
        model.cancel()
    thread.join()
    assert raised
    assert plan_of(model) == "exact"
