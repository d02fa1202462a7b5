"""Models on a GPU: host in gives host out, device in gives device out, the same numbers."""

import numpy as np
import pytest
import torch

import tsrt

pytestmark = pytest.mark.cuda

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("identity", (3, 4)),
        ("add_one", (3, 4)),
        ("mlp", (5, 16)),
        ("linear", (2, 4)),
        ("batch_norm_eval", (2, 3, 8, 8)),
        ("lstm_state", (1, 4)),
        ("force_field", (6,)),
    ],
)
def test_equals_torch(load, models, name, shape):
    x = RNG.standard_normal(shape).astype(np.float32)
    ours = load(name, device="cuda")
    theirs = torch.jit.load(models / f"{name}.pt", map_location="cuda")
    for _ in range(3):
        with torch.inference_mode(name != "force_field"):
            wanted = theirs(torch.from_numpy(x).cuda()).cpu().numpy()
        np.testing.assert_array_equal(ours(x), wanted)


def test_host_in_host_out(load):
    model = load("add_one", device="cuda")
    assert model.device == "cuda:0"
    y = model(np.ones(3, np.float32))
    assert type(y) is np.ndarray
    assert y.tolist() == [2, 2, 2]
    assert load("tuple_out", device="cuda")(y, y)[2].tolist() == [4, 4, 4]
    assert load("dict_out", device="cuda")(y)["half"].tolist() == [1, 1, 1]


def test_device_in_device_out(load):
    model = load("add_one", device="cuda")
    x = tsrt.Tensor(np.ones(3, np.float32), device="cuda")
    y = model(model(x))
    assert isinstance(y, tsrt.Tensor)
    assert y.device == "cuda:0"
    assert y.numpy().tolist() == [3, 3, 3]
    theirs = torch.from_dlpack(y)
    assert theirs.is_cuda
    assert torch.from_dlpack(model(theirs)).tolist() == [4, 4, 4]
    assert y.to("cpu").numpy().tolist() == [3, 3, 3]


def test_identity_on_the_device_is_a_copy(load):
    x = torch.ones(1000, device="cuda")
    y = torch.from_dlpack(load("identity", device="cuda")(x))
    x.zero_()
    assert y.sum().item() == 1000


def test_moving(load):
    model = load("counter")
    x = np.zeros(3, np.float32)
    model(x)
    model.to("cuda")
    assert model(x)[0] == 2
    clone = model.clone()
    assert model.to("cpu")(x)[0] == 3
    assert clone.device == "cuda:0"
    assert clone(x)[0] == 3


def test_moving_after_a_convolution_on_the_cpu(load):
    """LibTorch looks for CUDA in its first convolution, and once only."""
    model = load("batch_norm_eval")
    x = RNG.standard_normal((1, 3, 8, 8)).astype(np.float32)
    before = model(x)
    np.testing.assert_allclose(model.to("cuda")(x), before, atol=1e-3)


def test_devices_are_named(load):
    assert "cuda:0" in tsrt.devices()
    with pytest.raises(tsrt.DeviceError, match="cuda:0"):
        load("add_one", device="cuda:99")
    x = tsrt.Tensor(np.ones(3, np.float32), device="cuda")
    with pytest.raises(tsrt.InvalidArgumentError, match="on cuda:0 and the model on cpu"):
        load("add_one")(x)


def test_plans_are_for_the_cpu(load):
    model = load("mlp", threads=1)
    x = RNG.standard_normal((1, 16)).astype(np.float32)
    before = model(x)
    model.tune(x, seconds=0.3)
    plans = [plan_of(model)]
    for device in ("cuda", "cpu"):
        np.testing.assert_allclose(model.to(device)(x), before, rtol=1e-3, atol=1e-3)
        plans.append(plan_of(model))
    assert plans == ["packed", "exact", "packed"]
    report = load("mlp", device="cuda").tune(x, seconds=0.1)
    assert report.plan == "exact"
    assert report.plans[1]["dropped"] == "plans are for the CPU"


def plan_of(model):
    return model.describe()["methods"][0]["plan"]


def test_out_on_the_host(load):
    out = np.zeros(3, np.float32)
    assert load("add_one", device="cuda")(np.ones(3, np.float32), out=out) is out
    assert out.tolist() == [2, 2, 2]


def test_errors_leave_the_model_usable(load):
    model = load("linear", device="cuda")
    with pytest.raises(tsrt.ModelError, match="mat1 and mat2"):
        model(np.ones((4, 3), np.float32))
    assert model(np.ones((4, 4), np.float32)).shape == (4, 2)
    with pytest.raises(tsrt.OutOfMemoryError):
        load("huge", device="cuda")(np.ones(1, np.float32))
