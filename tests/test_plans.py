"""Each plan gives the numbers of the exact graph, whatever comes in; constants stay attributes."""

import threading

import numpy as np
import pytest
import torch

import tsrt

RNG = np.random.default_rng(0)
PLANS = [
    *("folded", "packed", "panels", "prepacked", "fused"),
    *("prepacked-bfloat16", "fused-bfloat16"),
]
SHAPES = {
    "mlp": [(1, 16), (7, 16), (300, 16), (16,), (2, 3, 16), (0, 16)],
    "residual": [(1, 3, 16, 16), (4, 3, 16, 16), (1, 3, 9, 17), (2, 3, 32, 16)],
    "attention": [(1, 8, 64), (2, 5, 64), (1, 33, 64), (1, 130, 64)],
    "recurrent": [(1, 10, 8), (3, 4, 8), (10, 8)],
    "stream": [(1, 64), (1, 100)],
    "batch_norm_eval": [(2, 3, 8, 8), (1, 3, 5, 5)],
}


def floats(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="session")
def head_of_choice(models):
    """The first line of a file of plans, which says for which LibTorch and processor it is."""
    report = tsrt.Model(models / "mlp.pt").tune(floats(1, 16), seconds=0.01)
    return report._file.splitlines()[0]


@pytest.fixture
def planned(models, tmp_path, head_of_choice):
    """A model that runs by a plan."""

    def load(name, plan, **options):
        path = tmp_path / f"{name}.plans"
        path.write_text(f"{head_of_choice}\nforward {plan}\n")
        return tsrt.Model(models / f"{name}.pt", optimize="auto", plans=path, **options)

    return load


def plan_of(model):
    return next(each["plan"] for each in model.describe()["methods"] if each["name"] == "forward")


def close(y, wanted, tolerance):
    assert y.shape == wanted.shape
    assert y.dtype == wanted.dtype
    scale = np.abs(wanted).max(initial=1e-6)
    np.testing.assert_allclose(y / scale, wanted / scale, rtol=0, atol=tolerance)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("name", SHAPES)
def test_the_same_numbers(name, plan, load, planned, subtests):
    """Over a stream of shapes, each coming several times, as plans compile for some."""
    exact, model = load(name), planned(name, plan)
    tolerance = 3e-2 if "bfloat16" in plan else 2e-5
    for _ in range(3):
        for shape in SHAPES[name]:
            x = floats(*shape)
            with subtests.test(shape=shape):
                close(model(x), exact(x), tolerance)


def test_plans_are_used(planned):
    for name, plans in {
        "mlp": ["packed", "panels", "prepacked", "fused"],
        "residual": ["packed", "prepacked", "fused", "prepacked-bfloat16"],
        "stream": ["packed"],
        "recurrent": ["packed"],
    }.items():
        for plan in plans:
            assert plan_of(planned(name, plan)) == plan
    assert plan_of(planned("stream", "fused")) == "exact"  # it has state
    assert plan_of(planned("identity", "packed")) == "exact"  # there is nothing in it


@pytest.mark.parametrize("plan", PLANS)
def test_errors_are_those_of_the_exact_graph(plan, load, planned):
    model, exact = planned("mlp", plan), load("mlp")
    model(floats(1, 16))
    for x, said in [
        (floats(2, 15), "mat1 and mat2 shapes cannot be multiplied"),
        (np.zeros((2, 16), np.float64), "Double|double"),
        (np.zeros((2, 16), np.int64), "Long|long"),
    ]:
        for each in (exact, model):
            with pytest.raises(tsrt.ModelError, match=said):
                each(x)
    close(model(floats(1, 16) * 0), exact(floats(1, 16) * 0), 3e-2)


@pytest.mark.parametrize("plan", PLANS)
def test_threads_share_a_plan(plan, load, planned):
    """Also while shapes are being compiled for."""
    model, exact = planned("residual", plan), load("residual")
    inputs = [floats(n, 3, 16, 16) for n in range(1, 5)]
    wanted = [exact(x) for x in inputs]
    failures = []

    def work(start):
        try:
            for i in range(12):
                k = (start + i) % len(inputs)
                close(model(inputs[k]), wanted[k], 3e-2 if "bfloat16" in plan else 2e-5)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_inputs_are_not_written_to(planned, load):
    x = floats(2, 3, 16, 16)
    before = x.copy()
    for plan in PLANS:
        model = planned("residual", plan)
        outputs = [model(x) for _ in range(3)]
        outputs[0][:] = 0
        assert (outputs[1] == outputs[2]).all()
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("plan", ["exact", "packed", "panels", "prepacked", "fused"])
def test_attributes_keep_their_meaning(plan, planned, models):
    """What was a constant of the code is read anew after it was set, and `reset` takes it back."""
    model = planned("scaled", plan)
    theirs = torch.jit.load(models / "scaled.pt")
    x = floats(5, 4)

    def agree():
        for _ in range(2):
            close(model(x), theirs(torch.from_numpy(x)).detach().numpy(), 1e-5)

    agree()
    weight = floats(4, 4)
    model.set_attribute("layer.weight", weight)
    theirs.layer.weight.data = torch.from_numpy(weight)
    agree()
    model.set_attribute("scale", -1.5)
    theirs.scale = -1.5
    agree()
    model.set_attribute("scale", 3.0)
    model.set_attribute("powers", [1, 3])
    theirs.scale, theirs.powers = 3.0, [1, 3]
    agree()
    model.run("inner.shift", 0.5)
    theirs.inner.shift(0.5)
    agree()
    clone = model.clone()
    clone.run("inner.shift", 2.0)
    agree()
    model.reset()
    theirs = torch.jit.load(models / "scaled.pt")
    agree()


def test_state_goes_on(planned, load):
    model, exact = planned("stream", "packed"), load("stream")
    chunks = [floats(1, 64) for _ in range(50)]
    for chunk in chunks:
        close(model(chunk), exact(chunk), 1e-5)
    clone = model.clone()
    wanted = exact(chunks[0])
    close(clone(chunks[0]), wanted, 1e-5)
    clone(chunks[1])
    close(model(chunks[0]), wanted, 1e-5)
    model.reset()
    close(model(chunks[0]), load("stream")(chunks[0]), 1e-5)


def test_training_and_moving_keep_the_choice(planned, load):
    model = planned("residual", "prepacked")
    x = floats(2, 3, 16, 16)
    before = model(x)
    model.train()
    assert plan_of(model) == "exact"  # batch norms write to their buffers now
    model(x)
    model.eval()
    model.reset()
    close(model(x), before, 1e-5)


def test_timeouts_hold_in_plans(planned):
    model = planned("residual", "fused")
    x = floats(8, 3, 256, 256)
    with pytest.raises(tsrt.TimedOutError):
        for _ in range(20):
            model(x, timeout=0.001)
    model(x[:, :, :16, :16])


@pytest.mark.parametrize("name", ["mlp", "residual", "counter", "lstm_state", "force_field"])
def test_libtorch_as_it_is(name, load):
    """optimize="none" has LibTorch's executor run the methods."""
    model, exact = load(name, optimize="none"), load(name)
    assert {each["plan"] for each in model.describe()["methods"]} == {"libtorch"}
    x = floats(*{"mlp": (1, 16), "residual": (1, 3, 16, 16), "lstm_state": (1, 4)}.get(name, (6,)))
    for _ in range(4):
        np.testing.assert_allclose(model(x), exact(x), rtol=1e-6, atol=1e-7)


def test_options_that_have_no_effect(load, tmp_path):
    with pytest.raises(tsrt.InvalidArgumentError, match="none, exact or auto"):
        load("mlp", optimize="fast")
    for option in ({"plans": tmp_path / "x"}, {"example_inputs": floats(1, 16)}, {"tuning": {}}):
        with pytest.raises(tsrt.InvalidArgumentError, match="no effect without optimize='auto'"):
            load("mlp", **option)


def test_files_of_plans(load, models, tmp_path, head_of_choice):
    path = tmp_path / "plans"
    path.write_text("forward packed\n")
    with pytest.raises(tsrt.InvalidArgumentError, match="does not begin with 'tsrt-plans 1'"):
        load("mlp", optimize="auto", plans=path)
    path.write_text("tsrt-plans 1 for LibTorch 1.0.0 on nothing\nforward packed\n")
    assert plan_of(load("mlp", optimize="auto", plans=path)) == "exact"
    path.write_text(f"{head_of_choice}\nforward of-tomorrow\nno_such_method packed\n")
    assert plan_of(load("mlp", optimize="auto", plans=path)) == "exact"
