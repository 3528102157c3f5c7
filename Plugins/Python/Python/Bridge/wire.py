"""Messages between the plugin and an interpreter.

A message is a 32-bit length and one value: a tag byte and, little-endian, its content.
"""
import os, struct


def pack(value, out):
    if value is None:
        out.append(b"n")
    elif value is True or value is False:
        out.append(b"t" if value else b"f")
    elif isinstance(value, int) and -(2**63) <= value < 2**63:
        out.append(b"i" + struct.pack("<q", value))
    elif isinstance(value, (int, float)):
        out.append(b"d" + struct.pack("<d", float(value)))
    elif isinstance(value, dict):
        out.append(b"m" + struct.pack("<I", len(value)))
        for key, item in value.items():
            pack(str(key), out)
            pack(item, out)
    elif isinstance(value, (list, tuple)):
        out.append(b"l" + struct.pack("<I", len(value)))
        for item in value:
            pack(item, out)
    else:
        # A lone surrogate cannot be written as UTF-8.
        data = str(value).encode("utf-8", "replace")
        out.append(b"s" + struct.pack("<I", len(data)) + data)


def unpack(data, at=0):
    tag = data[at : at + 1]
    if tag in (b"n", b"t", b"f"):
        return {b"n": None, b"t": True, b"f": False}[tag], at + 1
    if tag == b"i":
        return struct.unpack_from("<q", data, at + 1)[0], at + 9
    if tag == b"d":
        return struct.unpack_from("<d", data, at + 1)[0], at + 9
    (count,) = struct.unpack_from("<I", data, at + 1)
    at += 5
    if tag == b"s":
        return str(data[at : at + count], "utf-8"), at + count
    if tag == b"l":
        items = []
        for _ in range(count):
            item, at = unpack(data, at)
            items.append(item)
        return items, at
    pairs = {}
    for _ in range(count):
        key, at = unpack(data, at)
        pairs[key], at = unpack(data, at)
    return pairs, at


def receive(control):
    def exactly(count):
        data = bytearray()
        while len(data) < count:
            part = control.recv(min(count - len(data), 1 << 20))
            if not part:
                os._exit(0)
            data += part
        return bytes(data)

    (size,) = struct.unpack("<I", exactly(4))
    return unpack(exactly(size))[0]


def send(control, value):
    out = []
    pack(value, out)
    data = b"".join(out)
    control.sendall(struct.pack("<I", len(data)) + data)
