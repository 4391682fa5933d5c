"""Checkpoints that strangers name: safetensors and JSON of one full commit, looked at before they are loaded.

Pure: what is fetched goes through `inference.outbound`, and nothing here imports a model runtime.
"""


class CheckpointRefused(Exception):  # noqa: N818 -- the house's word for a no said to a person
    """A checkpoint that is not taken.

    Attributes:
        message: one sentence for its team, with the file's name.
        code: of docs/errors.md.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
