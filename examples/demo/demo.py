"""Runs the same models through torch, through tsrt, and through C, and compares the answers.

`python demo.py [FOLDER]`; what is exported and compiled goes to FOLDER (build/demo). Every run is
a process of its own, and this one imports neither torch nor a model. Ends with status 1 if
answers differ in a single bit.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import processes
import show
from common import CASES, CHUNK, Case, read_sound

EXAMPLES = Path(__file__).resolve().parents[1]
FOLDER = EXAMPLES.parent / "build" / "demo"


def run_case(case: Case, folder: Path, program: Path) -> dict[str, dict[str, Any]]:
    answers = folder / f"{case.name}.c.bin"
    sizes = map(str, case.shape)
    arguments = (folder / case.model, answers, str(case.calls), str(case.value), *sizes)
    return {
        "torch": processes.python("with_torch.py", folder, case.name),
        "tsrt": processes.python("with_tsrt.py", folder, case.name),
        "c": processes.report(program, *arguments),
    }


def differences(folder: Path, name: str, others: tuple[str, ...]) -> list[str]:
    """Compares what the runtimes wrote with what torch wrote, byte for byte."""
    expected = (folder / f"{name}.torch.bin").read_bytes()
    found = []
    for other in others:
        answers = (folder / f"{name}.{other}.bin").read_bytes()
        if answers == expected:
            continue
        how = f"{len(answers)} bytes instead of {len(expected)}"
        if len(answers) == len(expected):
            apart = np.frombuffer(answers, np.float32) - np.frombuffer(expected, np.float32)
            how = f"by up to {np.abs(apart).max():g}"
        found.append(f"{name}: the answers of {show.NAMES[other]} differ from torch's, {how}")
    return found


def run_cases(folder: Path) -> list[str]:
    program = processes.compile_c(EXAMPLES / "demo" / "run.c", folder / "run")
    wrong: list[str] = []
    everything = {}
    for case in CASES:
        with show.console.status(f"running {case.title} three times"):
            reports = everything[case.name] = run_case(case, folder, program)
        different = differences(folder, case.name, ("tsrt", "c"))
        answers = (folder / f"{case.name}.torch.bin").stat().st_size // 4
        show.case(case, reports, answers, not different)
        wrong += different
        if case is CASES[0]:
            wrong += run_example_app(folder, case, reports["torch"]["five"])
    show.processes(CASES[0], everything[CASES[0].name])
    return wrong


def run_example_app(folder: Path, case: Case, expected: list[float]) -> list[str]:
    """The program that a C programmer reads first has to say the same."""
    app = processes.compile_c(EXAMPLES / "c" / "example-app.c", folder / "example-app")
    words = processes.run(app, folder / case.model).split()
    show.console.print(f"examples/c/example-app prints: {' '.join(words)}", soft_wrap=True)
    if words == ["ok", *show.five(expected).split()]:
        return []
    return [f"{case.name}: example-app does not print ok and {show.five(expected)}"]


def run_speech(folder: Path) -> list[str]:
    with show.console.status("listening"):
        reports = {
            name: processes.python(f"with_{name}.py", folder, "speech")
            for name in ("torch", "tsrt")
        }
    different = differences(folder, "speech", ("tsrt",))
    sound = read_sound()
    show.speech(sound[: len(sound) // CHUNK * CHUNK].tolist(), reports, not different)
    return different


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    show.console.print("tsrt: the same models through torch, through tsrt without torch, and in C")
    with show.console.status("exporting the models with torch"):
        processes.run(sys.executable, EXAMPLES / "demo" / "export.py", folder)
    wrong = run_cases(folder) + run_speech(folder)
    if wrong:
        sys.exit("\n".join(["", "The answers are not the same:", *wrong]))


if __name__ == "__main__":
    main()
