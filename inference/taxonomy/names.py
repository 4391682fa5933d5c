"""How a name in a source finds the row it means: spelling is forgiven, guessing is not."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from inference.errors import Refused


class UnknownName(Refused):
    """A name that nothing in the taxonomy goes by.

    Attributes:
        near: slugs or codes that are spelt nearly so, best first; may be empty.
    """

    def __init__(self, kind: str, name: str, *, near: tuple[str, ...], known: Iterable[str]) -> None:
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Known are {', '.join(sorted(set(known)))}."
        super().__init__(f"There is no {kind} called {_shown(name)}. {hint}", f"unknown_{kind}")
        self.near = near


def normal(name: str) -> str:
    """Return the name as it is compared: case folded, letters and digits kept, all between them a hyphen."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[^\w]+|_+", "-", folded).strip("-")


class Names:
    """The names of one kind of thing.

    Args:
        kind: what is named, as it stands in a message (`task`).
        names: slug or code -> all that it is also called.

    Raises:
        ValueError: one name stands for two things.
    """

    def __init__(self, kind: str, names: Mapping[str, Iterable[str]]) -> None:
        self.kind = kind
        self._owners: dict[str, str] = {}
        for owner, others in names.items():
            for name in (owner, *others):
                taken_by = self._owners.setdefault(normal(name), owner)
                if taken_by != owner:
                    raise ValueError(f"The {kind} name {name} stands for {taken_by} and for {owner}.")

    def resolve(self, name: str) -> str:
        """Return the slug or code that goes by this name.

        Raises:
            UnknownName: none does.
        """
        owner = self._owners.get(normal(name))
        if owner is None:
            raise UnknownName(self.kind, name, near=self._near(name), known=self._owners.values())
        return owner

    def _near(self, name: str) -> tuple[str, ...]:
        close = difflib.get_close_matches(normal(name)[:100], self._owners, n=3, cutoff=0.6)
        return tuple(dict.fromkeys(self._owners[match] for match in close))


def _shown(name: str) -> str:
    printable = "".join(sign if sign.isprintable() else "?" for sign in name)
    return f'"{printable[:60]}…"' if len(printable) > 60 else f'"{printable}"'  # noqa: PLR2004 -- a line's worth
