"""Everything of a release but its votes: snapshots, systems, prompts, protocol, and a README."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.template.loader import render_to_string

from inference.models import Prompt, System
from judging import selectors as judged
from judging.models import Criterion, ExclusionRule
from leaderboard.models import Snapshot
from leaderboard.selectors import rows
from leaderboard.services import cards, code
from leaderboard.services.releases.content import Content, Part, dumped, is_open, json_lines

_README: Final = "leaderboard/release.md"
_JSON: Final = "application/json"
_JUDGED: Final = (Prompt.Split.PUBLIC, Prompt.Split.HIDDEN)
_POLICY: Final = (
    *("version", "batch_size", "repeats_per_batch", "gold_per_batch", "overlap_share", "gate_share"),
    *("headphones", "prefill_overall", "rotate_rows", "reveal", "sampling_rule", "sampling_floor"),
    *("probation_votes", "unvetted_cap"),
)
_OF_SNAPSHOT: Final = (
    *("number", "method", "method_version", "parameters", "seed", "code_version", "votes_sha256"),
    *("result_sha256", "votes", "annotators", "prompts", "excluded", "interval_unit", "design_effect"),
    *(
        "largest_share",
        "connected",
        "converged",
        "sensitivity",
        "card",
        "note_en",
        "note_zh_hans",
        "created_at",
    ),
)


def write(folder: Path, content: Content) -> list[Part]:
    """Write the files into a folder."""
    parts = [
        _json(folder / "snapshots.json", [_snapshot(one, content) for one in content.snapshots]),
        _json(folder / "protocol.json", _protocol(content)),
        json_lines(folder / "systems.jsonl", _systems(content)),
        json_lines(folder / "prompts.jsonl", _prompts(content)),
    ]
    readme = folder / "README.md"
    readme.write_text(render_to_string(_README, _said(content)), encoding="utf-8")
    return [*parts, Part(path=readme, rows=1, media_type="text/markdown")]


def _json(path: Path, value: list[Any] | dict[str, Any]) -> Part:
    path.write_text(dumped(value, indent=1) + "\n", encoding="utf-8")
    return Part(path=path, rows=len(value) if isinstance(value, list) else 1, media_type=_JSON)


def _snapshot(snapshot: Snapshot, content: Content) -> Any:
    """Write a published computation with its lines and pairs, under the names that everybody sees."""
    lines = list(snapshot.standings.all())
    head = {name: getattr(snapshot, name) for name in _OF_SNAPSHOT}
    board = {"slug": snapshot.board.slug, "title": snapshot.board.title_en, **cards.slice_of(snapshot.board)}
    seal = {"number": content.seal.number, "at": content.seal.at, "digest": content.seal.digest}
    tables = {
        "standings": rows.standings(lines, whole=True),
        "head_to_head": rows.head_to_head(snapshot, lines),
    }
    return content.renamed({"board": board, "seal": seal, **head, **tables})


def _protocol(content: Content) -> dict[str, Any]:
    policy = judged.policy(content.seal)
    return {
        "answers": ["a", "b", "tie", "both_bad"],
        "judges": "people, blind, by ear",
        "code_version": code.version(),
        "policy": {name: getattr(policy, name) for name in _POLICY},
        "criteria": list(
            Criterion.objects.values(
                "slug", "label_en", "label_zh_hans", "question_en", "question_zh_hans", "help_en"
            )
        ),
        "exclusion_rules": list(
            ExclusionRule.objects.filter(active=True).values(
                "slug", "version", "sentence_en", "sentence_zh_hans"
            )
        ),
    }


def _systems(content: Content) -> Iterator[dict[str, Any]]:
    """List the systems that stand on a board; of a codenamed one the codename alone."""
    there = {line.system_id for snapshot in content.snapshots for line in snapshot.standings.all()}
    for key in sorted(there, key=lambda one: content.systems[one].shown_slug):
        system = content.systems[key]
        if system.state == System.State.CODENAMED:
            yield {"system": system.shown_slug, "state": system.state}
            continue
        yield {
            "system": system.slug,
            "state": system.state,
            "name": system.display_name,
            "model": system.model.slug,
            "maker": system.model.provider,
            "version": system.version,
            "revision": system.revision,
            "voice": system.voice,
            "label": system.label,
        }


def _prompts(content: Content) -> Iterator[dict[str, Any]]:
    """List the prompts of the sets that were judged; of those that are not open only what they are about."""
    sets = {(one["slug"], one["version"]) for snapshot in content.snapshots for one in _sets(snapshot)}
    shown = [
        key
        for key, prompt in content.prompts.items()
        if (prompt.prompt_set.slug, prompt.prompt_set.version) in sets and prompt.split in _JUDGED
    ]
    for name, key in sorted((content.prompt_name(key), key) for key in shown):
        prompt = content.prompts[key]
        about = {
            "prompt": name,
            "open": is_open(prompt),
            "task": prompt.task.slug,
            "domain": prompt.task.domain.slug,
            "level": prompt.level and prompt.level.number,
            "language": prompt.language and prompt.language.code,
        }
        if not about["open"]:
            yield about
            continue
        yield about | {
            "set": prompt.prompt_set.address,
            "transcript": prompt.transcript,
            "delivery_label": prompt.delivery_label,
            "answer_language": prompt.answer_language and prompt.answer_language.code,
            "origin": prompt.origin,
            "licence": prompt.licence or prompt.prompt_set.licence,
            "sha256": prompt.content_sha256,
        }


def _sets(snapshot: Snapshot) -> Any:
    return snapshot.card.get("judged", {}).get("prompt_sets", [])


def _said(content: Content) -> dict[str, Any]:
    """Give what the README says."""
    whole = [one for one in content.snapshots if not one.board.sliced]
    rated = [one for one in whole if one.method == "bradley-terry"]
    left_out = Counter(rule for _, rule in judged.left_out_by(content.seal))
    sentences = dict(ExclusionRule.objects.filter(active=True).values_list("slug", "sentence_en"))
    return {
        "release": content,
        "whole": whole,
        "number": len(content.snapshots),
        "example": rated[0] if rated else whole[0],
        "left_out": [(rule, votes, sentences.get(rule, "")) for rule, votes in sorted(left_out.items())],
        "code": code.version(),
    }
