"""A rig that breaks a whole arena and watches what becomes of its jobs.

It has servers of its own, and meets the system from outside only: processes, signals, sockets and SQL. The
programs are in `programs`, the 24 faults in `faults`; `benchmarks/faults.py` runs them.
"""
