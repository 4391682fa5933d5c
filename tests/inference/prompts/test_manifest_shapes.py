"""Which shape a source has, and that no source, however broken, ends in anything but rows and reasons."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from inference.errors import Refused
from inference.manifest import BadRow, PromptRow, Shape, Stated, detect, own, read, scripts, trace
from tests.inference.prompts.sources import put, shared, write_lines

MANIFEST = {"id": "a", "audio": "a.wav", "task": "emotion"}
SCRIPT = {
    "id": "a",
    "text": "Hello?",
    "task": "emotion",
    "category": "social",
    "language": "EN",
    "level": "L2",
}
TRACE = {"instruction_path": "input/emotion/a.wav", "instruction_text": "Hello?", "label": {}}

FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [*own.ManifestLine.model_fields, *scripts.FIELDS, trace.PATH, trace.TEXT]


@pytest.mark.parametrize(
    ("rows", "shape"), [([MANIFEST], Shape.MANIFEST), ([SCRIPT], Shape.SCRIPTS), ([TRACE], Shape.TRACE)]
)
def test_shape_of_a_file_is_told_by_what_is_in_it(tmp_path, rows, shape):
    as_lines = write_lines(tmp_path / "lines.txt", "not JSON", *rows)
    as_list = tmp_path / "list.txt"
    as_list.write_text(json.dumps(rows, indent=1), "utf-8")

    assert detect(as_lines) is shape
    assert detect(as_list) is shape


def test_shape_of_a_folder_is_told_by_its_manifest_or_its_audio(tmp_path):
    folder = put(tmp_path / "folder", "emotion/a.wav")
    manifest = put(tmp_path / "manifest", "emotion/a.wav")
    write_lines(manifest / "manifest.jsonl", "broken")

    assert detect(folder) is Shape.FOLDER
    assert detect(manifest) is Shape.MANIFEST


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"hello", b"\xff\xfe\x00", b"[]", b"{}", b"[1, 2]", b'{"a": 1}', b"["]
)
def test_file_of_no_known_shape_is_refused_with_the_shapes_there_are(tmp_path, content):
    path = tmp_path / "prompts.json"
    path.write_bytes(content)

    with pytest.raises(Refused) as caught:
        detect(path)

    assert caught.value.code == "unknown_shape"
    for word in ("manifest", "folder of audio", "generated scripts", "TRACE"):
        assert word in caught.value.message


def test_folder_without_prompts_is_refused(tmp_path):
    put(tmp_path, "emotion/notes.txt")

    with pytest.raises(Refused) as caught:
        detect(tmp_path)

    assert caught.value.code == "unknown_shape"


@pytest.mark.parametrize("name", ["nowhere.json", "nul\0.json"])
def test_file_that_cannot_be_read_is_refused(tmp_path, name):
    with pytest.raises(Refused) as caught:
        detect(tmp_path / name)

    assert caught.value.code == "unreadable_source"


def test_file_too_large_for_prompts_is_refused(tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(64 * 2**20 + 1)

    with pytest.raises(Refused) as caught:
        detect(path)

    assert caught.value.code == "source_too_large"


def test_shape_may_be_said_instead(tmp_path):
    path = write_lines(tmp_path / "broken.jsonl", "broken")

    assert [type(outcome) for outcome in read(path, shape=Shape.MANIFEST)] == [BadRow]


def test_real_sources_are_recognised():
    assert detect(shared("prompts")) is Shape.FOLDER
    assert detect(shared("trace_s2sarena.json")) is Shape.TRACE


def check(path, shape, lines, **said):
    """Every outcome is a row or a reason, and names a line that the file has."""
    for outcome in read(path, shape=shape, **said):
        assert isinstance(outcome, PromptRow | BadRow)
        assert 1 <= outcome.line <= lines
        if isinstance(outcome, BadRow):
            outcome.message.encode("utf-8")
            assert 0 < len(outcome.message) < 1500


@FUZZ
@given(garbage=st.binary(max_size=200), shape=st.sampled_from([Shape.MANIFEST, Shape.SCRIPTS, Shape.TRACE]))
@example(garbage=b"[" * 100_000, shape=Shape.SCRIPTS)
@example(garbage=b'{"a":' * 10_000, shape=Shape.MANIFEST)
@example(garbage=b"9" * 10_000, shape=Shape.MANIFEST)
@example(garbage=b"[" + b"9" * 10_000, shape=Shape.TRACE)
@example(garbage=b"[\xff]", shape=Shape.TRACE)
@example(garbage=b"NaN\n-Infinity", shape=Shape.MANIFEST)
def test_garbage_is_never_an_exception(tmp_path, garbage, shape):
    path = tmp_path / "garbage"
    path.write_bytes(garbage)

    check(path, shape, garbage.count(b"\n") + 1)


@FUZZ
@given(
    rows=st.lists(
        st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), JSON, max_size=8),
        min_size=1,
        max_size=4,
    ),
    shape=st.sampled_from([Shape.MANIFEST, Shape.SCRIPTS, Shape.TRACE]),
)
@example(rows=[{"\ud800": 1, "id": "\ud800"}], shape=Shape.MANIFEST)
@example(rows=[MANIFEST | {"text": "\ud800", "\udfff": "\ud800"}], shape=Shape.MANIFEST)
@example(rows=[SCRIPT | {"level": "\ud800", "task": "\ud800"}], shape=Shape.SCRIPTS)
@example(rows=[TRACE | {"instruction_path": "/"}], shape=Shape.TRACE)
def test_rows_of_any_values_are_never_an_exception(tmp_path, rows, shape):
    path = write_lines(tmp_path / "rows.jsonl", *rows)

    check(path, shape, len(rows), stated=Stated(paper=2, task="emotion"))


@FUZZ
@given(
    good=st.sampled_from([(Shape.MANIFEST, MANIFEST), (Shape.SCRIPTS, SCRIPT), (Shape.TRACE, TRACE)]),
    field=st.sampled_from(FIELDS),
    value=JSON,
)
def test_good_row_with_one_field_replaced_is_a_row_or_a_reason(tmp_path, good, field, value):
    shape, row = good
    put(tmp_path, "a.wav", "input/emotion/a.wav")
    path = write_lines(tmp_path / "rows.jsonl", row | {field: value}, row)

    found = list(read(path, shape=shape, stated=Stated(paper=2)))

    assert any(isinstance(outcome, PromptRow) for outcome in found)
    check(path, shape, 2, stated=Stated(paper=2))
