"""Models that run for as long as they are told to, or for ever, each in its own kind of code."""

from pathlib import Path

import torch
from torch import Tensor, nn


class Spins(nn.Module):
    """Any number of steps with a tensor; -1 is for ever."""

    def forward(self, x: Tensor, steps: int = -1) -> Tensor:
        while steps != 0:
            x = x + 1
            steps -= 1
        return x


class SpinsOnNumbers(nn.Module):
    """No operator on tensors at all."""

    def forward(self, x: Tensor) -> Tensor:
        i = 0
        while i >= 0:
            i = (i + 1) % 1000
        return x


class SpinsAndCounts(nn.Module):
    """State that is changed before the loop and in it."""

    def __init__(self):
        super().__init__()
        self.begun = 0
        self.register_buffer("steps", torch.zeros(1))

    def forward(self, x: Tensor, steps: int = -1) -> Tensor:
        self.begun += 1
        while steps != 0:
            self.steps += 1
            print("step")
            steps -= 1
        return x + self.steps


class SpinsInTask(nn.Module):
    """On another thread, which the caller's thread waits for."""

    def __init__(self):
        super().__init__()
        self.inner = Spins()

    def forward(self, x: Tensor, steps: int = -1) -> Tensor:
        tasks = [torch.jit.fork(self.inner, x, steps), torch.jit.fork(self.inner, x, 1)]
        return torch.jit.wait(tasks[0]) + torch.jit.wait(tasks[1])


@torch.jit.interface
class Stepper(nn.Module):
    def forward(self, x: Tensor, steps: int) -> Tensor:
        pass


class SpinsByInterface(nn.Module):
    """In a method that is found by its name while the model runs."""

    stepper: Stepper

    def __init__(self):
        super().__init__()
        self.stepper = Spins()

    def forward(self, x: Tensor, steps: int = -1) -> Tensor:
        return self.stepper.forward(x, steps)


class SpinsInBackward(nn.Module):
    """In inference mode this could not differentiate."""

    def forward(self, x: Tensor, steps: int = -1) -> Tensor:
        while steps != 0:
            x = x.detach().requires_grad_(True)
            gradient = torch.autograd.grad([(x * x).sum()], [x])[0]
            assert gradient is not None
            x = gradient / 2
            steps -= 1
        return x


@torch.jit.script
class Spinner:
    def __init__(self):
        self.steps = 0

    def spin(self, steps: int) -> int:
        while steps != 0:
            self.steps += 1
            steps -= 1
        return self.steps


class MakesSpinner(nn.Module):
    def forward(self) -> Spinner:
        return Spinner()


class Products(nn.Module):
    """A few long operators and no loop."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mm(x).mm(x).mm(x)


def write_endless(folder: Path) -> None:
    for name, module in {
        "spins": Spins(),
        "spins_on_numbers": SpinsOnNumbers(),
        "spins_and_counts": SpinsAndCounts(),
        "spins_in_task": SpinsInTask(),
        "spins_by_interface": SpinsByInterface(),
        "spins_in_backward": SpinsInBackward(),
        "makes_spinner": MakesSpinner(),
        "products": Products(),
    }.items():
        torch.jit.script(module).save(str(folder / f"{name}.pt"))
