"""The few pieces of DER (X.690) that a signature is laid out with. Called by `cms`."""

SEQUENCE, SET, OCTETS, INTEGER, OBJECT_ID = 0x30, 0x31, 0x04, 0x02, 0x06


class DerInvalid(ValueError):
    """Bytes that are no DER."""


def der(tag: int, *parts: bytes) -> bytes:
    """Return a value of a tag with the shortest length before it."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int) -> bytes:
    """Return an INTEGER of a number that is not negative."""
    return der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def whole(data: bytes) -> bytes:
    """Return the value that bytes begin with, with its tag and length. Raises DerInvalid."""
    start, end = _content(data)
    return data[: start + (end - start)]


def parts(data: bytes) -> list[bytes]:
    """Return the values inside a value, each with its tag and length. Raises DerInvalid."""
    start, end = _content(data)
    found = []
    while start < end:
        found.append(whole(data[start:end]))
        start += len(found[-1])
    return found


def content(data: bytes) -> bytes:
    """Return what a value holds. Raises DerInvalid."""
    start, end = _content(data)
    return data[start:end]


def _content(data: bytes) -> tuple[int, int]:
    if len(data) < 2:
        raise DerInvalid("cut short")
    size, start = data[1], 2
    if size >= 0x80:
        start += size & 0x7F
        if not 2 < start <= 6:
            raise DerInvalid("a length of no sense")
        size = int.from_bytes(data[2:start], "big")
    if start + size > len(data):
        raise DerInvalid("cut short")
    return start, start + size
