"""Sizes that several rooms must agree on, in bytes."""

MEBIBYTE = 1024 * 1024
# A file that people or services send: a list, a letter to store or to check. A test compares this number
# with those of gateway/edge/nginx and govah_verify, which cannot import it.
LARGEST_FILE = 20 * MEBIBYTE
# A part of an archive of lists.
ARCHIVE_PART = 4 * MEBIBYTE
