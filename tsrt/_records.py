"""Reads and adds records of a model's archive, which is a zip file with one folder at its root.

Records that are added are stored as PyTorch's writer stores them: uncompressed, each beginning at a
multiple of 64 bytes. All other records stay as they are, byte for byte and at their place.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import struct
import zipfile
from collections.abc import Mapping
from typing import IO, Any

from tsrt.errors import InvalidArgumentError, NotAModelError

_ALIGNMENT = 64
_FIXED_HEADER = 30  # of a record, before its name
_PADDING_ID = b"FB"  # as PyTorch's writer marks it


def read(file: str | IO[bytes], folder: str) -> dict[str, bytes]:
    """The records in a folder of the archive, by their names in it."""
    try:
        with zipfile.ZipFile(file) as archive:
            prefix = f"{_root(archive)}/{folder}/"
            names = [name for name in archive.namelist() if name.startswith(prefix)]
            return {name[len(prefix) :]: archive.read(name) for name in names}
    except zipfile.BadZipFile as error:
        raise NotAModelError(f"the model's archive is damaged: {error}") from error


def write(source: IO[bytes], target: str, folder: str, records: Mapping[str, bytes]) -> None:
    """Writes the archive `source` to the path `target`, with `records` as the one content of
    `folder`. Target may be the source's own path: it has its old content or the new one, whatever
    happens in between."""
    target = os.path.realpath(target)
    parent, name = os.path.split(target)
    temporary = os.path.join(parent, f".{name}.{secrets.token_hex(4)}")
    try:
        try:
            with open(temporary, "xb+") as made:
                shutil.copyfileobj(source, made, 1 << 20)
                _replace_folder(made, folder, records)
                made.flush()
                os.fsync(made.fileno())
            if os.path.exists(target):
                shutil.copymode(target, temporary)
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
        _sync_folder(parent)
    except OSError as error:
        raise InvalidArgumentError(
            f"cannot write '{target}': {error.strerror}: give another path with out="
        ) from error


def _root(archive: zipfile.ZipFile) -> str:
    return archive.namelist()[0].split("/", 1)[0]


def _replace_folder(file: Any, folder: str, records: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        prefix = f"{_root(archive)}/{folder}/"
        old = [info for info in archive.filelist if info.filename.startswith(prefix)]
        kept = [info for info in archive.filelist if not info.filename.startswith(prefix)]
        for info in old:
            archive.filelist.remove(info)
            del archive.NameToInfo[info.filename]
        # Ours are the last ones unless somebody has added others; those must not move.
        first = min((info.header_offset for info in old), default=archive.start_dir)
        if all(info.header_offset < first for info in kept):
            archive.start_dir = first
        for name, data in records.items():
            archive.writestr(_aligned(prefix + name, archive.start_dir), data)


def _aligned(name: str, offset: int) -> zipfile.ZipInfo:
    """A record at this offset whose data begins at a multiple of 64."""
    begin = offset + _FIXED_HEADER + len(name.encode()) + 4
    padding = -begin % _ALIGNMENT
    info = zipfile.ZipInfo(name)
    info.extra = _PADDING_ID + struct.pack("<H", padding) + b"Z" * padding
    return info


def _sync_folder(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
