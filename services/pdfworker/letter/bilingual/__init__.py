"""Letters that are read abroad: English beside the Persian. Called by `render` for `language` fa-en.

The Persian text is the one of every letter (`page`, `tables`); what is here stands beside it.
"""
