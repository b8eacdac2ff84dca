"""How the embedded mode's door reads HTTP: the whole request, then the application, then the whole answer.

A client that sends or reads slowly takes a connection, but no thread, neither here nor in a service. In
production nginx does this. `python -m gateway.edge.reception` serves `gateway.edge.front` in this way.
"""
