"""Backup and restore: two folders, data and keys, of a file per database, store and set of keys.

`folder` writes and checks such folders, `moment` finds one moment of four databases, `feeds` mends what two
moments would break. `embedded` puts them together for a data directory (`govah backup`), `compose` for
the containers of compose.yaml, where `python -m govah.ops.backup` does what is to be done inside.
"""
