"""Numbers that make names of rows differ."""

import itertools

NUMBERS = itertools.count(1)
