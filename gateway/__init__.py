"""The front door: the embedded process tree, the terminal command, sample lists and the edge."""
