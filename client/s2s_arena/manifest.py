"""Says everything that is wrong with a manifest of answers; the server and the command line both ask here.

Pure: no network, no files, nothing but the standard library.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_BYTES = 25_000_000
MOST_RESPONSES = 20_000
LONGEST_TRANSCRIPT = 20_000
LONGEST_ID = 200
NAMED = 20
REVIEWED_SHARE, RANKED_SHARE = 0.90, 0.98
SHA256 = re.compile(r"[0-9a-f]{64}")
FIELDS = {"prompt", "sha256", "bytes", "transcript", "first_audio_ms", "total_ms", "parameters", "file"}


@dataclass(frozen=True)
class Expected:
    """A prompt that is to be answered."""

    id: str
    language: str = ""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        code: a stable slug.
        detail: a sentence.
        fix: what to do.
        count: how many prompts or files it is about.
        prompts: some of them.
    """

    code: str
    detail: str
    fix: str
    count: int = 1
    prompts: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the API says it."""
        return {
            "code": self.code,
            "count": self.count,
            "prompts": list(self.prompts),
            "fault": "submitter",
            "detail": self.detail,
            "fix": self.fix,
        }


@dataclass(frozen=True)
class Entry:
    """One answer of a manifest."""

    prompt: str
    sha256: str
    bytes: int
    transcript: str = ""
    first_audio_ms: int | None = None
    total_ms: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes:
        problems: all of them; empty: it can be sent.
        entries: the answers that are in order, by prompt.
        coverage: answered and expected, by language.
    """

    problems: list[Problem]
    entries: dict[str, Entry]
    coverage: dict[str, tuple[int, int]]

    @property
    def share(self) -> float:
        """Answered prompts by expected ones, 0 to 1."""
        expected = sum(of for _, of in self.coverage.values())
        return sum(answered for answered, _ in self.coverage.values()) / expected if expected else 0.0


def check(manifest: object, *, expected: Sequence[Expected], is_partial: bool = False) -> Checked:
    """Look at a manifest as a whole; nothing is raised, everything is told at once.

    Args:
        manifest: `{"responses": [{"prompt", "sha256", "bytes", …}], "provenance": {…}}`, as parsed JSON.
        expected: the public prompts of the set in the system's languages.
        is_partial: its team says that prompts are left out.
    """
    rows, problems = _rows(manifest)
    entries: dict[str, Entry] = {}
    wrong: dict[str, list[str]] = defaultdict(list)
    counts = Counter(str(row.get("prompt", "")) for row in rows)
    known = {prompt.id for prompt in expected}
    for row in rows:
        for code in _wrong(row, known=known, counts=counts):
            wrong[code].append(str(row.get("prompt", ""))[:LONGEST_ID])
        if not _wrong(row, known=known, counts=counts):
            entry = _entry(row)
            entries[entry.prompt] = entry
    wrong["manifest_same_file"] = _sharing(entries.values())
    problems += [_problem(code, prompts) for code, prompts in wrong.items() if prompts]
    coverage = _coverage(expected, entries)
    missing = [prompt.id for prompt in expected if prompt.id not in counts]
    if missing and not is_partial:
        problems.append(_missing(missing, of=len(expected)))
    checked = Checked(problems, entries, coverage)
    if is_partial and expected and checked.share < REVIEWED_SHARE:
        problems.append(_too_few(checked))
    return checked


def _rows(manifest: object) -> tuple[list[Mapping[str, Any]], list[Problem]]:
    if not isinstance(manifest, Mapping) or not isinstance(manifest.get("responses"), list):
        detail = "A manifest is an object with a list `responses`."
        return [], [Problem("manifest_malformed", detail, "See the manifest's schema.")]
    found = manifest["responses"]
    if len(found) > MOST_RESPONSES:
        detail = f"There are {len(found):,} responses; at most {MOST_RESPONSES:,} are taken."
        return [], [Problem("manifest_malformed", detail, "Leave one a prompt.", count=len(found))]
    rows = [row for row in found if isinstance(row, Mapping)]
    if len(rows) < len(found):
        detail = f"{len(found) - len(rows)} of the responses are no objects."
        return rows, [
            Problem("manifest_malformed", detail, "See the manifest's schema.", count=len(found) - len(rows))
        ]
    return rows, []


def _wrong(row: Mapping[str, Any], *, known: Collection[str], counts: Mapping[str, int]) -> list[str]:
    """The codes of all that is wrong with one row."""
    prompt, sha256, size = row.get("prompt"), row.get("sha256"), row.get("bytes")
    codes = []
    if not isinstance(prompt, str) or not prompt or not _is_plain(row):
        codes.append("manifest_malformed")
    elif prompt not in known:
        codes.append("manifest_unknown_prompt")
    elif counts[prompt] > 1:
        codes.append("manifest_duplicate_prompt")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        codes.append("manifest_hash_format")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        codes.append("manifest_malformed")
    elif size > MOST_BYTES:
        codes.append("file_too_large")
    return codes


def _is_plain(row: Mapping[str, Any]) -> bool:
    """Whether the fields that may be left out are as they should be, and no others are there."""
    transcript = row.get("transcript", "")
    times = [row.get("first_audio_ms"), row.get("total_ms")]
    return (
        set(row) <= FIELDS
        and isinstance(transcript, str)
        and len(transcript) <= LONGEST_TRANSCRIPT
        and "\0" not in transcript
        and all(time is None or (type(time) is int and 0 <= time < 2**31) for time in times)
        and isinstance(row.get("parameters", {}), Mapping)
    )


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        prompt=row["prompt"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        transcript=row.get("transcript", ""),
        first_audio_ms=row.get("first_audio_ms"),
        total_ms=row.get("total_ms"),
        parameters=row.get("parameters", {}),
    )


def _sharing(entries: Iterable[Entry]) -> list[str]:
    """Prompts whose answer is the same file as another prompt's."""
    by_file: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        by_file[entry.sha256].append(entry.prompt)
    return [prompt for prompts in by_file.values() if len(prompts) > 1 for prompt in prompts]


def _coverage(expected: Iterable[Expected], answered: Collection[str]) -> dict[str, tuple[int, int]]:
    counted: dict[str, list[int]] = {}
    for prompt in expected:
        one = counted.setdefault(prompt.language or "und", [0, 0])
        one[0] += prompt.id in answered
        one[1] += 1
    return {language: (done, of) for language, (done, of) in sorted(counted.items())}


SENTENCES = {
    "manifest_malformed": ("{} responses are not as they should be.", "See the manifest's schema."),
    "manifest_unknown_prompt": ("{} prompts are not in the set.", "Use the ids of the set's manifest."),
    "manifest_duplicate_prompt": ("{} responses are to a prompt with another one.", "Leave one a prompt."),
    "manifest_hash_format": ("{} hashes are no SHA-256.", "Write 64 lower-case hexadecimal digits."),
    "manifest_same_file": ("{} prompts have the same file as another.", "Give each its own recording."),
    "file_too_large": ("{} files have more than 25 MB.", "Shorten or compress them."),
}


def _problem(code: str, prompts: Sequence[str]) -> Problem:
    sentence, fix = SENTENCES[code]
    named = tuple(dict.fromkeys(prompts))[:NAMED]
    return Problem(code, sentence.format(f"{len(prompts):,}"), fix, count=len(prompts), prompts=named)


def _missing(prompts: Sequence[str], *, of: int) -> Problem:
    detail = f"{len(prompts):,} of {of:,} public prompts have no answer."
    fix = "Add them, or submit a partial set."
    return Problem("manifest_missing_prompt", detail, fix, count=len(prompts), prompts=tuple(prompts[:NAMED]))


def _too_few(checked: Checked) -> Problem:
    detail = f"{checked.share:.1%} of the prompts are answered; a partial set needs {REVIEWED_SHARE:.0%}."
    return Problem("coverage_too_low", detail, "Answer more of them.")
