"""Submissions, in reading order: states, moving, drafting, submitting, asking, advancing, deciding.

A submission's state is moved by one conditional update in the transaction that writes its event (D74), and by
nothing else. The sweeper looks at what is under way (`advancing`) and at whose time runs out (`aging`).
"""
