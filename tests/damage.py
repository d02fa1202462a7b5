"""Ways to damage an archive, each a function of random numbers, so that a number repeats it.

Those in RAW leave the checksums as they were: what they did is found, or changes no answer. Those
in REPAIRED write an archive whose checksums fit, as somebody would who means it.
"""

import io
import struct
import zipfile

import numpy as np

END = struct.Struct("<4s4H2LH")
CENTRAL = 46


def _somewhere(random, begin, end):
    return int(random.integers(begin, max(begin + 1, end)))


# ---- the bytes of the file ----


def flip_bit(data, random, other):
    data[_somewhere(random, 0, len(data))] ^= 1 << int(random.integers(8))
    return data


def change_bytes(data, random, other):
    for _ in range(_somewhere(random, 1, 9)):
        data[_somewhere(random, 0, len(data))] = int(random.integers(256))
    return data


def truncate(data, random, other):
    return data[: _somewhere(random, 0, len(data))]


def cut_out(data, random, other):
    at = _somewhere(random, 0, len(data))
    del data[at : at + _somewhere(random, 1, 200)]
    return data


def overwrite_with_another(data, random, other):
    size = min(_somewhere(random, 1, 4000), len(data), len(other))
    at = _somewhere(random, 0, len(data) - size + 1)
    begin = _somewhere(random, 0, len(other) - size + 1)
    data[at : at + size] = other[begin : begin + size]
    return data


def insert(data, random, other):
    at = _somewhere(random, 0, len(data))
    begin = _somewhere(random, 0, len(other))
    data[at:at] = other[begin : begin + _somewhere(random, 1, 300)]
    return data


def put_behind(data, random, other):
    return data + other


def _directory(data):
    """Where the table of contents begins and ends."""
    end = data.rfind(b"PK\5\6")
    size, begin = END.unpack_from(data, end)[5:7]
    return begin, begin + size, end


def _entries(data):
    at, end, _ = _directory(data)
    while at < end:
        yield at
        at += CENTRAL + sum(struct.unpack_from("<3H", data, at + 28))


def change_directory(data, random, other):
    begin, _, _ = _directory(data)
    for _ in range(_somewhere(random, 1, 5)):
        data[_somewhere(random, begin, len(data))] = int(random.integers(256))
    return data


NUMBERS = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]


def _number(random, old, size):
    near = [old - 1, old + 1, old * 2, old // 2, old ^ (1 << int(random.integers(8 * size)))]
    return int(random.choice(NUMBERS + [n for n in near if n >= 0])) % (1 << 8 * size)


def _set_field(data, random, at, fields):
    offset, size = fields[_somewhere(random, 0, len(fields))]
    old = int.from_bytes(data[at + offset : at + offset + size], "little")
    data[at + offset : at + offset + size] = _number(random, old, size).to_bytes(size, "little")


def change_entry(data, random, other):
    """Flags, method, checksum, sizes, lengths or offset of a record, in the table of contents."""
    fields = [(8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (42, 4)]
    _set_field(data, random, int(random.choice(list(_entries(data)))), fields)
    return data


def change_header(data, random, other):
    """The same in the header before the record's contents."""
    entry = int(random.choice(list(_entries(data))))
    fields = [(6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)]
    _set_field(data, random, struct.unpack_from("<L", data, entry + 42)[0], fields)
    return data


def change_end(data, random, other):
    _set_field(data, random, _directory(data)[2], [(8, 2), (10, 2), (12, 4), (16, 4), (20, 2)])
    return data


def swap_entries(data, random, other):
    """Two records that each lie where the other one is said to lie."""
    a, b = (int(at) + 42 for at in random.choice(list(_entries(data)), 2))
    data[a : a + 4], data[b : b + 4] = data[b : b + 4], data[a : a + 4]
    return data


RAW = [
    flip_bit,
    change_bytes,
    truncate,
    cut_out,
    overwrite_with_another,
    insert,
    put_behind,
    change_directory,
    change_entry,
    change_header,
    change_end,
    swap_entries,
]


# ---- the records, under checksums that fit ----


def records_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(records, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, contents in records.items():
            archive.writestr(zipfile.ZipInfo(name), contents, compression)
    return file.getvalue()


def _pick(random, names):
    names = list(names)
    return names[_somewhere(random, 0, len(names))]


def _edit(contents, random):
    """A few bytes changed, taken out, doubled or put in."""
    contents = bytearray(contents)
    for _ in range(_somewhere(random, 1, 4)):
        if not contents:
            break
        at, size = _somewhere(random, 0, len(contents)), _somewhere(random, 1, 12)
        kind = random.integers(5)
        if kind < 2:
            contents[at] = int(random.integers(256))
        elif kind == 2:
            del contents[at : at + size]
        elif kind == 3:
            begin = _somewhere(random, 0, len(contents))
            contents[at:at] = contents[begin : begin + size]
        else:
            contents[at] ^= 1 << int(random.integers(8))
    return bytes(contents)


def _edit_record(data, random, suffix):
    records = records_of(data)
    names = [name for name in records if name.endswith(suffix)]
    if names:
        name = _pick(random, names)
        records[name] = _edit(records[name], random)
    return archive_of(records)


def edit_pickle(data, random, other):
    return _edit_record(data, random, ("data.pkl", "constants.pkl"))


def edit_code(data, random, other):
    return _edit_record(data, random, ".py")


def edit_debug_info(data, random, other):
    return _edit_record(data, random, ".debug_pkl")


def edit_any(data, random, other):
    return _edit_record(data, random, "")


def splice_record(data, random, other):
    """A record of another archive in place of one of this, or beside them."""
    records, theirs = records_of(data), records_of(other)
    folder = next(iter(records)).partition("/")[0]
    name = _pick(random, theirs)
    inside = f"{folder}/{name.partition('/')[2]}"
    target = inside if random.integers(2) else _pick(random, records)
    records[target] = theirs[name]
    return archive_of(records)


def swap_records(data, random, other):
    records = records_of(data)
    a, b = _pick(random, records), _pick(random, records)
    records[a], records[b] = records[b], records[a]
    return archive_of(records)


def drop_record(data, random, other):
    records = records_of(data)
    del records[_pick(random, records)]
    return archive_of(records)


def shorten_record(data, random, other):
    records = records_of(data)
    name = _pick(random, records)
    records[name] = records[name][: _somewhere(random, 0, len(records[name]) + 1)]
    return archive_of(records)


def edit_deflated(data, random, other):
    """Damage in the compressed form itself, which the checksum finds only at its end."""
    packed = bytearray(archive_of(records_of(data), zipfile.ZIP_DEFLATED))
    entry = int(random.choice(list(_entries(packed))))
    header = struct.unpack_from("<L", packed, entry + 42)[0]
    size = struct.unpack_from("<L", packed, entry + 20)[0]
    begin = header + 30 + sum(struct.unpack_from("<2H", packed, header + 26))
    for _ in range(_somewhere(random, 1, 4)):
        packed[_somewhere(random, begin, begin + size)] = int(random.integers(256))
    return packed


REPAIRED = [
    edit_pickle,
    edit_pickle,
    edit_pickle,
    edit_code,
    edit_code,
    edit_debug_info,
    edit_any,
    splice_record,
    swap_records,
    drop_record,
    shorten_record,
    edit_deflated,
]

ALL = RAW + REPAIRED


def damaged(seeds, seed, number):
    """The archive `number` of the series `seed`: the seed's name, what was done, and the bytes."""
    random = np.random.default_rng([seed, number])
    names = list(seeds)
    name = names[number % len(names)]
    way = ALL[number // len(names) % len(ALL)]
    other = seeds[names[_somewhere(random, 0, len(names))]]
    return name, way, bytes(way(bytearray(seeds[name]), random, other))
