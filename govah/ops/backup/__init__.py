"""Backup and restore: two folders, data and keys, of a file per database, store and set of keys.

`folder` writes and checks such folders, `moment` finds one moment of four databases, `feeds` repairs what
different moments would break, `journal` demands the journal of endings, `counts` compares rows, `retention`
removes old backups. `embedded` combines them for a data directory (`govah backup`), `site` for a PostgreSQL,
`compose` for the containers of compose.yaml, where `python -m govah.ops.backup` does the work inside one, and
`timer` by the clock.
"""
