"""How the embedded mode's door hears HTTP: whole requests first, then the application, then the whole answer.

A client that sends or reads slowly takes a connection and never a thread, nor one of a service behind. In
production nginx does this. `python -m gateway.edge.reception` serves `gateway.edge.front` in this way.
"""
