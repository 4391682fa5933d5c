"""What docs/prompts.md shows is what the reader takes."""

import re
from pathlib import Path

from inference.manifest import own
from tests.inference.prompts.sources import outcomes, put, write_lines

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "prompts.md").read_text("utf-8")


def test_example_manifest_of_the_docs_is_read(tmp_path):
    put(tmp_path, "clips/door-3.wav", "clips/door-3-rain.wav")
    example = re.search(r"```json\n(.*?)```", DOCS, re.DOTALL)[1]

    rows, bad = outcomes(write_lines(tmp_path / "manifest.jsonl", example.strip()))

    assert bad == {}
    assert [(row.id, row.clean_original) for row in rows] == [
        ("door/fearful", ""),
        ("door/fearful-rain", "door/fearful"),
    ]


def test_docs_describe_every_field_and_no_other():
    table = DOCS[DOCS.index("| field |") : DOCS.index("`null` and a field left out")]
    described = {
        name for line in table.strip().splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }

    assert described == set(own.ManifestLine.model_fields)
