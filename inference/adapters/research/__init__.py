"""Research projects, each called in its own environment by the worker (`docs/adapters.md`).

A file per project, which calls the project's published code as it is. Nothing of a project is kept here, and
nothing of it is imported before the first prompt. What can be told from tokens alone is pure, in `delay`,
`interleave` and `units`.
"""
