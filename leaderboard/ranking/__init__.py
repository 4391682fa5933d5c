"""The statistics of the board: votes in, ratings with intervals and rank ranges out; NumPy and SciPy only."""

import os

# Matrices are small here, and on a busy machine OpenBLAS threads that wait for one another made 1,000
# refits of 100 systems several times slower. Takes effect where NumPy is not loaded yet, as from a shell.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
