"""Model files: what they are, whether they are whole, and what was saved with a model.

Nothing here executes anything of the file: made for files that you do not trust.
A source is a path, the bytes of a file (any buffer), or an open binary file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tsrt import _core, errors


def split(source: str | os.PathLike[str] | bytes | Any) -> tuple[str | None, Any]:
    """A source as a path or as data; the other one is None."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source), None
    return None, source.read() if hasattr(source, "read") else source


def inspect(source: str | os.PathLike[str] | bytes | Any) -> dict[str, Any]:
    """What a file is and contains.

    "kind" is "torchscript" for what Model loads, and the name of what it is for others;
    "problem" is a sentence with what is wrong and what to do, or None. A TorchScript archive also
    has its methods, submodules, parameters, buffers, operators, "missing_operators" and more: the
    fields are those of tsrt_inspect in tsrt.h. Damaged files are described as well.

    Raises NotFoundError when there is no such file or it cannot be read.
    """
    return json.loads(_core.inspect(*split(source)))


def trusted_operators() -> list[dict[str, Any]]:
    """The operators that a model may use when it is loaded with trust="restricted", by topic: each
    with its "topic", "why" they are harmless, and "operators", sorted."""
    return json.loads(_core.trusted_operators())


def verify(source: str | os.PathLike[str] | bytes | Any) -> None:
    """Checks that an archive is whole: every record's bounds, headers and CRC-32 checksum.

    Model does the same before it loads, unless it is told verify=False.

    Raises NotAModelError, naming the damaged records, and NotFoundError.
    """
    _core.verify(*split(source))


def extra_files(source: str | os.PathLike[str] | bytes | Any) -> Mapping[str, bytes]:
    """The files that were saved with a model, as a read-only mapping from names to contents.

    The model is not loaded. Contents are read when they are asked for.

    Raises NotAModelError when the source is no TorchScript archive, and NotFoundError.
    """
    path, data = split(source)
    about = inspect(path if data is None else data)
    if "extra_files" not in about:
        raise errors.NotAModelError(about["problem"])
    names = [each["name"] for each in about["extra_files"]]
    return ExtraFiles(names, lambda name: _core.extra_file(path, data, name))


class ExtraFiles(Mapping[str, bytes]):
    """Files by name; each is read when it is asked for."""

    def __init__(self, names: Iterable[str], read: Callable[[str], bytes]) -> None:
        self._names = dict.fromkeys(names)
        self._read = read

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        return self._read(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<extra files: {', '.join(self._names) or 'none'}>"
