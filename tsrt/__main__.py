"""`python -m tsrt`."""

from __future__ import annotations

import argparse
import sys

from tsrt import config
from tsrt.errors import LibTorchError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tsrt")
    commands = parser.add_subparsers(dest="command", required=True)
    asked = commands.add_parser("config", help="what compilers and other languages need")
    for name, (answer, help_text) in config.ANSWERS.items():
        asked.add_argument(
            f"--{name}", dest="answers", action="append_const", const=answer, help=help_text
        )
    arguments = parser.parse_args()
    if not arguments.answers:
        asked.error("say what you want to know, such as --cflags --libs; --help lists it")
    try:
        print("\n".join(answer() for answer in arguments.answers))
    except LibTorchError as error:
        print(f"tsrt: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
