"""The statistics of the board: votes in, ratings with intervals and rank ranges out; NumPy and SciPy only."""
