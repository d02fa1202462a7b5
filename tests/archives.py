"""Archives for the tests of files: real ones, changed ones, and ones made by hand."""

import io
import struct
import zipfile

import torch
from torch import nn


def saved(thing, **options):
    file = io.BytesIO()
    torch.save(thing, file, **options)
    return file.getvalue()


def scripted(module, **options):
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(module), file, **options)
    return file.getvalue()


def rewrite(data, change, compression=zipfile.ZIP_STORED):
    """The archive with `change(name, data)` applied to each record; None leaves it out."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", compression) as new:
        for name in old.namelist():
            contents = change(name, old.read(name))
            if contents is not None:
                new.writestr(name, contents)
    return file.getvalue()


def replaced(models, name, old, new):
    """A model with another text in its code."""

    def change(record, data):
        return data.replace(old, new) if record.endswith(".py") else data

    return rewrite((models / f"{name}.pt").read_bytes(), change)


class Net(nn.Module):
    """Two tensors: 40 bytes."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)


def archive(**records):
    """A TorchScript archive with other records: code, data, constants."""
    contents = {
        "m/version": b"3\n",
        "m/constants.pkl": b"\x80\x02).",
        "m/data.pkl": records.get("data", b"\x80\x02)."),
    }
    if "code" in records:
        contents["m/code/__torch__.py"] = records["code"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in contents.items():
            new.writestr(name, data)
    return file.getvalue()


def end_of_directory(entries, size, offset):
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, entries, entries, size, offset, 0)


def entry(name, header, packed, size, crc=0, method=0):
    return (
        struct.pack(
            "<4s6H3L5H2L",
            *(
                b"PK\1\2",
                20,
                20,
                0,
                method,
                0,
                0,
                crc,
                packed,
                size,
                len(name),
                0,
                0,
                0,
                0,
                0,
                header,
            ),
        )
        + name
    )


def local(name, data, crc=0, size=None, method=0):
    size = len(data) if size is None else size
    head = (b"PK\3\4", 20, 0, method, 0, 0, crc, len(data), size, len(name), 0)
    return struct.pack("<4s5H3L2H", *head) + name + data
