"""The catalogues of the portal's texts."""
