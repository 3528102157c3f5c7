"""Messages between the tests and the answer, each in a sandbox of its own: a length, then JSON.

Both sides run this file. What comes from the answer is read as data only; no message can make the reader run anything.
"""

import json
import os

LENGTH = 8
LARGEST = 64 << 20
CONTAINERS = {"l": list, "t": tuple, "s": set, "z": frozenset}
TYPES = {kind.__name__: kind for kind in (bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict, range)}


class Gone(BaseException):
    """The other side has ended. No `except Exception` of tests or answers sees it."""


def write_message(descriptor, value):
    data = json.dumps(value).encode()
    data = len(data).to_bytes(LENGTH, "big") + data
    try:
        while data:
            data = data[os.write(descriptor, data):]
    except BrokenPipeError:
        raise Gone("the program has ended") from None


def read_exactly(descriptor, count):
    parts = []
    while count:
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            raise Gone("the program has ended")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_message(descriptor):
    count = int.from_bytes(read_exactly(descriptor, LENGTH), "big")
    if count > LARGEST:
        raise Gone("the program answers with too much")
    return json.loads(read_exactly(descriptor, count))


def encode(value, handle):
    """Literals by value, as plain types whatever class they came in; everything else as a handle."""
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return ["i", hex(value)]
    if kind is float:
        return ["f", repr(value)]
    if kind is complex:
        return ["c", repr(value.real), repr(value.imag)]
    if kind is bytes or kind is bytearray:
        return ["y", value.hex(), kind is bytearray]
    for mark, container in CONTAINERS.items():
        if kind is container or (container is tuple and isinstance(value, tuple)):
            return [mark, [encode(item, handle) for item in value]]
    if isinstance(value, dict):
        return ["d", [[encode(key, handle), encode(item, handle)] for key, item in value.items()]]
    if kind is range:
        return ["r", value.start, value.stop, value.step]
    if kind is type and TYPES.get(value.__name__) is value:
        return ["k", value.__name__]
    return ["h", handle(value)]


def decode(value, resolve):
    if not isinstance(value, list):
        return value
    mark, rest = value[0], value[1:]
    if mark == "i":
        return int(rest[0], 16)
    if mark == "f":
        return float(rest[0])
    if mark == "c":
        return complex(float(rest[0]), float(rest[1]))
    if mark == "y":
        data = bytes.fromhex(rest[0])
        return bytearray(data) if rest[1] else data
    if mark in CONTAINERS:
        return CONTAINERS[mark](decode(item, resolve) for item in rest[0])
    if mark == "d":
        return {decode(key, resolve): decode(item, resolve) for key, item in rest[0]}
    if mark == "r":
        return range(*rest)
    if mark == "k":
        return TYPES[rest[0]]
    return resolve(rest[0])
