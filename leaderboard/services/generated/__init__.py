"""A whole arena out of a seed, to measure and to look at; every name in it says that it is generated."""
