"""Models that make, take and hold objects of TorchScript classes and members of enum classes."""

from enum import Enum
from typing import Any

import torch
from torch import Tensor, nn


class Color(Enum):
    RED = 1
    GREEN = 2


@torch.jit.script
class Tally:
    """State of its own, of several kinds."""

    def __init__(self, start: int):
        self.total = start
        self.names: list[str] = []
        self.last = torch.zeros(2)

    def add(self, n: int, name: str = "") -> int:
        self.total += n
        self.names.append(name)
        return self.total

    def keep(self, x: Tensor) -> None:
        self.last = x

    def double(self) -> Tensor:
        return self.last.mul_(2)

    def tell(self) -> int:
        print("the total is", self.total)
        return self.total

    def __len__(self) -> int:
        return len(self.names)

    def fail(self) -> int:
        raise ValueError("the tally has failed")


@torch.jit.script
class Node:
    """One of a chain, or of a circle."""

    def __init__(self, number: int):
        self.number = number
        self.next: list[Any] = []  # a class must not name itself


class Objects(nn.Module):
    def __init__(self):
        super().__init__()
        self.held = Tally(100)
        self.color = Color.RED

    @torch.jit.export
    def make(self, start: int) -> Tally:
        return Tally(start)

    @torch.jit.export
    def feed(self, tally: Tally, n: int) -> int:
        return tally.add(n, "fed")

    @torch.jit.export
    def feed_all(self, tallies: list[Tally], n: int) -> int:
        for tally in tallies:
            tally.add(n, "fed")
        return len(tallies)

    @torch.jit.export
    def hold(self, tally: Tally) -> None:
        self.held = tally

    @torch.jit.export
    def held_total(self) -> int:
        return self.held.total

    @torch.jit.export
    def many(self) -> tuple[list[Tally], dict[str, Tally], Tally]:
        a = Tally(1)
        return [a, Tally(2), a], {"three": Tally(3)}, a

    @torch.jit.export
    def chain(self, n: int) -> Node:
        first = Node(0)
        last = first
        for i in range(1, n):
            node = Node(i)
            last.next.append(node)
            last = node
        return first

    @torch.jit.export
    def ring(self) -> Node:
        first = Node(1)
        second = Node(2)
        first.next.append(second)
        second.next.append(first)
        return first

    @torch.jit.export
    def walk(self, node: Node, steps: int) -> int:
        """The number of the node so many steps on; or how far it went, negative."""
        for i in range(steps):
            if len(node.next) == 0:
                return -i
            following = node.next[0]
            assert isinstance(following, Node)
            node = following
        return node.number

    @torch.jit.export
    def other(self, color: Color) -> Color:
        return Color.RED if color == Color.GREEN else Color.GREEN

    @torch.jit.export
    def colors(self) -> dict[str, Color]:
        return {"red": Color.RED, "green": Color.GREEN}
