"""The pytest fixture `tsrt_benchmark`: how fast a model is, as rows of pytest-benchmark.

    def test_speed(tsrt_benchmark):
        tsrt_benchmark("model.pt", np.ones((1, 16), np.float32))

The test becomes one for each side: tsrt exact, tsrt tuned, and torch.jit where torch is installed.
All are measured together at the first, in processes of their own, their answers compared before;
each then is a row. pytest loads this file at each start, so it imports nothing that takes time.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from tsrt._clock import Clock

if TYPE_CHECKING:
    from tsrt.bench import Measured, Result

SIDES = ("tsrt exact", "tsrt tuned", "torch.jit")
clock = Clock()
measured = pytest.StashKey["dict[Any, Measured]"]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[measured] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "tsrt_benchmark" in metafunc.fixturenames:
        sides = SIDES if importlib.util.find_spec("torch") else SIDES[:2]
        metafunc.parametrize("tsrt_benchmark", sides, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.pluginmanager.hasplugin("benchmark"):
        for item in items:
            if "tsrt_benchmark" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.benchmark(timer=clock))


@pytest.fixture
def tsrt_benchmark(request: pytest.FixtureRequest) -> Any:
    """tsrt_benchmark(model, *inputs, method=None, threads=1, seconds=3.0) times a model.

    model: the path of a TorchScript file. inputs: what `method` (forward) takes, NumPy arrays and
    others. threads: for one operator. seconds: how long all sides are measured, about.

    The test fails when the answers of two sides differ by more than 1e-3 of the greatest number in
    them, and is skipped for a side that cannot run. Gives back the side's tsrt.bench.Result.
    """
    if not request.config.pluginmanager.hasplugin("benchmark"):
        pytest.skip("tsrt_benchmark needs pytest-benchmark")
    disabled = request.config.getoption("benchmark_disable")

    def run(
        model: Any,
        *inputs: Any,
        method: str | None = None,
        threads: int = 1,
        seconds: float = 3.0,
    ) -> Result:
        node = request.node
        seconds = 0.001 if disabled else seconds
        options = {"method": method, "threads": threads, "seconds": seconds}
        place = getattr(node, "originalname", node.name)
        others = {k: v for k, v in node.callspec.params.items() if k != "tsrt_benchmark"}
        key = (node.path, place, repr(others), str(model), *options.values())
        found = _measure(request.config.stash[measured], key, model, inputs, options)
        if request.param in found.left_out:
            pytest.skip(found.left_out[request.param])
        return _row(request.getfixturevalue("benchmark"), found, request.param, place)

    return run


def _measure(
    done: dict[Any, Measured], key: Any, model: Any, inputs: tuple, options: dict[str, Any]
) -> Measured:
    from tsrt import bench

    if key not in done:
        done[key] = bench.measure(model, [(inputs, {})], **options)
    return done[key]


def _row(benchmark: Any, found: Measured, side: str, group: str) -> Result:
    import tsrt

    result = next(each for each in found.results if each.side == side)
    benchmark.group = benchmark.group or group
    benchmark.extra_info.update(
        **{"side": side, "tsrt": tsrt.__version__, "threads": found.threads},
        **{"to_exact": result.to_exact, "difference": result.difference, **result.facts},
    )
    clock.replay(benchmark, result.times)
    return result
