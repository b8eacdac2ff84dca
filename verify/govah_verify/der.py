"""The few values of DER (X.690) that a signature is laid out with. Called by `cms`; nothing is read here."""

SEQUENCE, SET, OCTETS, INTEGER, OBJECT_ID = 0x30, 0x31, 0x04, 0x02, 0x06


def der(tag: int, *parts: bytes) -> bytes:
    """Return a value of a tag with the shortest length before it."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int) -> bytes:
    """Return an INTEGER of a number that is not negative. Raises OverflowError for one that is."""
    return der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
