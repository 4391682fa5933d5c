"""Where adapters run: a child process that stays loaded, knows no database and may die at any moment.

`process.py` is our side of the line, `child.py` the adapter's; `messages.py` says what goes over it. What is
asked and how it may fail is in `orders.py`, how a host comes to be in `starting.py`.
"""
