"""The folder of the letter's fonts. This module does not import WeasyPrint, which needs system libraries."""

from pathlib import Path

FONTS = Path(__file__).resolve().parents[3] / "assets" / "fonts" / "ttf"
