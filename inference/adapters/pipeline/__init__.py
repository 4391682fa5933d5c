"""Recognise, reply, speak: systems made of three models, each on this machine or behind an address.

`adapter.py` has the order of things, `hosted.py` and `local.py` what a stage calls, and the rest is pure.
"""
