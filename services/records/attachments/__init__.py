"""Papers that people attach to objections: their content is inspected before anything stores it.

`inspection` starts a child process with bounds; `inspector` is the program of that process.
"""
