"""A clock that says what it is told, by which pytest-benchmark replays durations."""


class Clock:
    """A timer for pytest-benchmark that replays durations which are measured already.

    pytest-benchmark would measure one side after the other, minutes apart. Sides that are compared
    are measured together instead, and each row then plays its own durations back.
    """

    __name__ = "Clock"  # what pytest-benchmark saves as the timer's name

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def replay(self, benchmark, durations: list[float]) -> None:
        """Makes the row of pytest-benchmark's fixture, whose timer this clock has to be."""
        rounds = iter(durations)
        benchmark.pedantic(self.advance, setup=lambda: ((next(rounds),), {}), rounds=len(durations))
