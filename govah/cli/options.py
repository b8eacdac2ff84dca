"""Options that several commands share."""

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
