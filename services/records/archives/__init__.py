"""Archives of lists, zip or tar, read within bounds: which lists they have, and where each file of them is.

Nothing here knows where an archive is stored: it is a file that can be read at any place.
"""
