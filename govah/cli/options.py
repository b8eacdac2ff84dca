"""Options that several commands share."""

import os
from pathlib import Path

import click

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="GOVAH_DATA_DIR",
    default=Path("var"),
    show_default=True,
    help="Where everything is kept (also GOVAH_DATA_DIR).",
)
# Persian where the terminal's locale is, else English.
language_option = click.option(
    "--language",
    type=click.Choice(["fa", "en"]),
    default="fa" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("fa") else "en",
    show_default=True,
    help="The language of findings.",
)
