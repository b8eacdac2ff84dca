"""Where the letter's fonts are. Without WeasyPrint, which needs libraries of the system."""

from pathlib import Path

FONTS = Path(__file__).resolve().parents[3] / "assets" / "fonts" / "ttf"
