"""How the long tables of judging are searched: by who judged, by the prompt, by a system."""

from inference.admin.searching import Way
from inference.models import Prompt, System
from judging.models import Annotator


def ways(ballot: str) -> tuple[Way, ...]:
    """Lead from a table to people, prompts and systems; `ballot` is the path to its ballot: `ballot__`."""
    return (
        Way(f"{ballot}annotator", Annotator, "pseudonym__iexact", "user__email__icontains"),
        *of_pair(f"{ballot}pair__"),
    )


def of_pair(pair: str) -> tuple[Way, ...]:
    """Lead from a table to prompts and systems; `pair` is the path to its pair."""
    return (
        Way(f"{pair}prompt", Prompt, "slug__iexact"),
        Way((f"{pair}system_a", f"{pair}system_b"), System, "slug__iexact"),
    )
