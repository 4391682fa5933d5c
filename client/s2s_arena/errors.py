"""What can go wrong, in the server's own words: code, fault, a sentence, and what helps."""

from collections.abc import Mapping
from typing import Any


class ArenaError(Exception):
    """A no.

    Attributes:
        code: a stable slug; docs/errors.md explains each.
        fault: `submitter`, `platform` or `upstream`.
        detail: one sentence.
        fix: what helps.
        status: of HTTP; 0 where no answer came.
        more: what else the server said, such as `next_slot` or `problems`.
    """

    def __init__(
        self,
        detail: str,
        *,
        code: str,
        fault: str = "submitter",
        fix: str = "",
        status: int = 0,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.fault = fault
        self.detail = detail
        self.fix = fix
        self.status = status
        self.more = dict(more or {})

    @classmethod
    def of(cls, status: int, body: object) -> "ArenaError":
        """Read a problem of the server's; anything else than one is `unavailable`."""
        if not isinstance(body, Mapping) or "code" not in body:
            detail = f"The server answered {status}, and not as the arena does."
            return cls(detail, code="unavailable", fault="platform", status=status, fix="Ask again later.")
        known = {"type", "title", "status", "code", "fault", "detail", "fix"}
        return cls(
            str(body.get("detail", "")),
            code=str(body["code"]),
            fault=str(body.get("fault", "submitter")),
            fix=str(body.get("fix", "")),
            status=status,
            more={name: value for name, value in body.items() if name not in known},
        )

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        said = {"code": self.code, "fault": self.fault, "detail": self.detail, "fix": self.fix}
        return {"error": {**said, "status": self.status, **self.more}}
