"""`python -m govah.cli` is the `govah` command."""

from govah.cli import main

main()
