"""The models that the tests run, each small and each there for one behaviour.

`python tests/models.py FOLDER` writes all of them; the tests import `write_all`.
"""

import sys
from collections import namedtuple
from pathlib import Path

import torch
from models_endless import write_endless
from models_fork import write_fork_models
from models_plans import write_plan_models
from models_values import write_values
from torch import Tensor, nn

Pair = namedtuple("Pair", ["low", "high"])


class Identity(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


class AddOne(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + 1


class Branch(nn.Module):
    """A branch that depends on the data, so that only scripting can save it."""

    def __init__(self, n: int, m: int):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(n, m))

    def forward(self, input: Tensor) -> Tensor:
        if input.sum() > 0:
            return self.weight.mv(input)
        return self.weight + input


class Views(nn.Module):
    """Two outputs that are views of the input."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x[1:], x.t()


class Keeps(nn.Module):
    """Keeps its input, and a view of it, as state."""

    def __init__(self):
        super().__init__()
        self.kept = torch.zeros(1)

    def forward(self, x: Tensor) -> Tensor:
        self.kept = x[:2]
        return x.sum()

    @torch.jit.export
    def last(self) -> Tensor:
        return self.kept

    @torch.jit.export
    def keep_and_fail(self, x: Tensor) -> Tensor:
        self.kept = x
        raise ValueError("kept and failed")


class Counter(nn.Module):
    """State that is written in place, beside a weight that is not."""

    count: Tensor

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(1))
        self.weight = nn.Parameter(torch.ones(1000))

    def forward(self, x: Tensor) -> Tensor:
        self.count.add_(1)
        return x + self.count

    @torch.jit.export
    def state(self) -> Tensor:
        return self.count

    @torch.jit.export
    def weights(self) -> Tensor:
        return self.weight


class WritesInput(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        x.add_(1)
        return x * y


class WritesList(nn.Module):
    def forward(self, xs: list[Tensor]) -> Tensor:
        xs[0].add_(1)
        return xs[0]


class TupleOut(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return x + y, x - y, x * y


class NamedTupleOut(nn.Module):
    def forward(self, x: Tensor) -> Pair:
        return Pair(x.min(), x.max())


class ListOut(nn.Module):
    def forward(self, x: Tensor) -> list[Tensor]:
        return [row * 2 for row in x]


class DictOut(nn.Module):
    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"twice": x * 2, "half": x / 2}


class Same(nn.Module):
    """The same tensor twice, and a second view of it."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        y = x + 1
        return y, y, y[:1]


class Scalars(nn.Module):
    def forward(
        self, x: Tensor, scale: float = 2.0, shift: int = 1, negate: bool = False
    ) -> Tensor:
        y = x * scale + shift
        return -y if negate else y

    @torch.jit.export
    def greet(self, name: str, times: int) -> str:
        return ", ".join([name for _ in range(times)])

    @torch.jit.export
    def mix(self, values: tuple[int, float, bool, str]) -> tuple[int, float, bool, str, None]:
        return values[0] + 1, values[1] * 2, not values[2], values[3] + "!", None

    @torch.jit.export
    def nothing(self) -> None:
        pass


class Nested(nn.Module):
    def forward(self, x: dict[str, list[Tensor]], pick: str | None = None) -> list[Tensor]:
        if pick is not None:
            return x[pick]
        everything: list[Tensor] = []
        for tensors in x.values():
            everything.extend(tensors)
        return everything


class Raises(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.sum() > 0:
            raise ValueError("the sum is positive")
        return x


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


class Prints(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        print("the sum is", int(x.sum()))
        return x


class Sum(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sum()


class Random(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.rand_like(x) + torch.randn(3)


class NoForward(nn.Module):
    @torch.jit.export
    def double(self, x: Tensor) -> Tensor:
        return x * 2


class NoArguments(nn.Module):
    def forward(self) -> Tensor:
        return torch.arange(3)


class Sparse(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.to_sparse()


class Conjugate(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x.conj(), x.conj().imag


class Head(nn.Module):
    """The same little work for an input of any size."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten()[:8] + 1


class Huge(nn.Module):
    """Asks for more memory than any machine has."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros([1 << 46]) if x.sum() > 0 else x


class ForceField(nn.Module):
    """Differentiates inside forward."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.detach().requires_grad_(True)
        gradient = torch.autograd.grad([(x**2).sum()], [x])[0]
        assert gradient is not None
        return gradient


def _twice(x: Tensor) -> Tensor:
    return x * 2


class Forks(nn.Module):
    """Starts tasks and waits for them."""

    def forward(self, x: Tensor) -> Tensor:
        first = torch.jit.fork(_twice, x)
        second = torch.jit.fork(_twice, x + 1)
        return torch.jit.wait(first) + torch.jit.wait(second)


class Slow(nn.Module):
    """Says when it is running, and then runs for a while."""

    def forward(self, x: Tensor, steps: int) -> Tensor:
        print("running")
        for _ in range(steps):
            x = x * 0.5 + 1
        return x


class LstmState(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(4, 8)
        self.h = torch.zeros(1, 8)
        self.c = torch.zeros(1, 8)

    def forward(self, x: Tensor) -> Tensor:
        self.h, self.c = self.cell(x, (self.h, self.c))
        return self.h


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 4)
    )


def batch_norm() -> nn.Module:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
    model[1].running_mean.uniform_()
    return model


def write_all(folder: Path) -> None:
    """Writes every model as FOLDER/<name>.pt, with the same weights each time."""
    torch.manual_seed(0)
    scripted = {
        "identity": Identity(),
        "branch": Branch(4, 3),
        "views": Views(),
        "keeps": Keeps(),
        "counter": Counter(),
        "writes_input": WritesInput(),
        "writes_list": WritesList(),
        "tuple_out": TupleOut(),
        "named_tuple_out": NamedTupleOut(),
        "list_out": ListOut(),
        "dict_out": DictOut(),
        "same": Same(),
        "scalars": Scalars(),
        "nested": Nested(),
        "raises": Raises(),
        "linear": Linear(),
        "prints": Prints(),
        "random": Random(),
        "sum": Sum(),
        "no_forward": NoForward(),
        "no_arguments": NoArguments(),
        "sparse": Sparse(),
        "conjugate": Conjugate(),
        "head": Head(),
        "huge": Huge(),
        "force_field": ForceField(),
        "forks": Forks(),
        "slow": Slow(),
        "lstm_state": LstmState(),
        "batch_norm_train": batch_norm(),
        "batch_norm_eval": batch_norm().eval(),
        "mlp": mlp().eval(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, module in scripted.items():
        torch.jit.script(module).save(str(folder / f"{name}.pt"), _extra_files={"note.txt": name})
    torch.jit.trace(AddOne(), torch.ones(3)).save(str(folder / "add_one.pt"))
    write_values(folder)
    write_endless(folder)
    write_fork_models(folder)
    write_plan_models(folder)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
