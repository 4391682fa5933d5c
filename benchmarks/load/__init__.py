"""The site under load (L1 to L6, L8): one of its own as deploy/ starts it, at a constant rate.

    python -m benchmarks.load l1 [--seconds 600] [--rate 40]  vote cycles a second, workers and sweeper busy
    python -m benchmarks.load l2 [--seconds 30]  the board, as fast as eight lines can ask
    python -m benchmarks.load l3  100 people fetch clips in ranges
    python -m benchmarks.load l4 [--seconds 60]  three times what it can do, and whether it recovers
    python -m benchmarks.load l5 [--seconds 60]  l1 while somebody guesses passwords, 50 a second
    python -m benchmarks.load l6 [--seconds 3600]  l1 for an hour: memory, transactions, connections
    python -m benchmarks.load l8 [--clips 100]  what it costs to take a clip of ten seconds in
    python -m benchmarks.load all [--short]  one after the other

Each prints its figures as JSON; with `--json FOLDER` they go into files there as well. L1 and L4 also run the
skeleton (`skeleton.py`): the same three requests in the fewest lines, so that a busy machine can be told from
a slow site. L7 is `python -m benchmarks.boards`.
"""
