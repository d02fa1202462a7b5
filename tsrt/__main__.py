"""`python -m tsrt`."""

from __future__ import annotations

import argparse
import sys

from tsrt import config
from tsrt.errors import Error, LibTorchError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tsrt")
    commands = parser.add_subparsers(dest="command", required=True)
    asked = commands.add_parser("config", help="what compilers and other languages need")
    for name, (answer, help_text) in config.ANSWERS.items():
        asked.add_argument(
            f"--{name}", dest="answers", action="append_const", const=answer, help=help_text
        )
    timed = commands.add_parser("bench", help="how fast a model is here, and in torch.jit")
    _bench_options(timed)
    arguments = parser.parse_args()
    if arguments.command == "bench":
        return _bench(arguments)
    if not arguments.answers:
        asked.error("say what you want to know, such as --cflags --libs; --help lists it")
    try:
        print("\n".join(answer() for answer in arguments.answers))
    except LibTorchError as error:
        print(f"tsrt: {error}", file=sys.stderr)
        return 1
    return 0


def _bench_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a TorchScript file")
    add = parser.add_argument
    add("--shape", action="append", default=[], help="of an input, such as 1,3,224,224; repeatable")
    add("--dtype", action="append", default=[], help="of the inputs (float32), or one a --shape")
    add("--input", action="append", default=[], help="a .npy file instead of a shape; repeatable")
    add("--threads", type=int, default=1, help="for one operator; 1")
    add("--seconds", type=float, default=5.0, help="how long to measure, about; 5")
    add("--no-tune", action="store_true", help="leave the tuned side out")
    add("--json", help="where to save the run, for pytest-benchmark's compare")


def _bench(arguments: argparse.Namespace) -> int:
    from tsrt import _turns, bench  # not before: NumPy is 0.1 s that the other commands do without

    try:
        return bench.main(arguments)
    except (Error, _turns.SideError) as error:
        print(f"tsrt: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
