"""The few encodings in DER (X.690) that the layout of a signature needs. Called by `cms`."""

SEQUENCE, SET, OCTETS, INTEGER, OBJECT_ID = 0x30, 0x31, 0x04, 0x02, 0x06


def encode_der(tag: int, *parts: bytes) -> bytes:
    """Return a DER value: its tag, the shortest encoding of its length, and its parts."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def encode_integer(value: int) -> bytes:
    """Return the INTEGER of a number. Raises OverflowError for a negative one."""
    return encode_der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
