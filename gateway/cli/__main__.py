"""`python -m gateway.cli` is the `govah` command."""

from gateway.cli import main

main()
