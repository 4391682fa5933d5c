import json

import pytest

from leaderboard.ranking.comparisons import BOTH_BAD, A, B
from leaderboard.ranking.errors import RankingError
from leaderboard.ranking.files import read

HEAD = "a,b,winner"
TRACE = [
    {
        "model_a": "x",
        "model_b": "y",
        "instruction_path": "one.wav",
        "label": {"content": "1", "overall": "both_bad"},
    },
    {
        "model_a": "z",
        "model_b": "y",
        "instruction_path": "two.wav",
        "label": {"content": "2", "overall": "both_good"},
    },
]


@pytest.fixture
def written(tmp_path):
    def write(text, name="votes.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_csv_columns_stand_in_any_order_and_others_are_ignored(written):
    comparisons = read(
        written(
            "time,system_b,system_a,outcome,mood,annotator,prompt,weight,heard\n"
            "2026-01-01T10:00:00+00:00,y,x,a,fine,ada,q1,1,b\n"
            "2026-01-01T09:00:00+00:00,z,x,both_bad,,ben,q2,2.5,\n"
        )
    )

    assert comparisons.systems == ("x", "y", "z")
    assert comparisons.counts[0, 1, A] == 1
    assert comparisons.weighted[0, 2, BOTH_BAD] == 2.5
    assert comparisons.time.tolist() == [1767261600.0, 1767258000.0]
    assert comparisons.annotators == ("ada", "ben")
    assert comparisons.heard.tolist() == [B, -1]


def test_json_lines_are_read_like_csv(written):
    lines = [
        {"a": "x", "b": "y", "winner": "b", "annotator": 7, "prompt": "q", "weight": 2},
        {"a": "y", "b": "x", "winner": "tie", "annotator": 8, "prompt": "q", "weight": 1},
    ]

    by_json = read(written("\n\n".join(map(json.dumps, lines)), "votes.jsonl"))
    by_csv = read(written("a,b,winner,annotator,prompt,weight\nx,y,b,7,q,2\ny,x,tie,8,q,1\n"))

    assert by_json.sha256() == by_csv.sha256()
    assert by_json.annotators == ("7", "8")


def test_trace_has_an_outcome_for_each_criterion(written):
    path = written(json.dumps(TRACE), "trace.json")

    content, overall = read(path, criterion="content"), read(path, criterion="overall")

    assert content.counts[0, 1].tolist() == [1, 0, 0, 0]
    # z stood on the first side and lost.
    assert content.counts[1, 2].tolist() == [1, 0, 0, 0]
    assert overall.counts.sum(axis=(0, 1)).tolist() == [0, 0, 1, 1]
    assert content.prompts == ("one.wav", "two.wav")
    assert not content.people_known


def test_one_criterion_of_several_is_chosen(written):
    path = written("a,b,winner,criterion\nx,y,a,sound\nx,y,b,words\nx,y,b,words\n")

    assert read(path, criterion="words").counts[0, 1].tolist() == [0, 2, 0, 0]
    with pytest.raises(RankingError, match="several criteria: choose one of sound, words"):
        read(path)
    with pytest.raises(RankingError, match="no vote on criterion 'taste'; there are sound, words"):
        read(path, criterion="taste")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "votes.csv: no column a, b, winner"),
        ("a,winner\nx,a\n", "votes.csv: no column b"),
        ("a,system_a,b,winner\nx,x,y,a\n", "votes.csv: columns a and system_a say the same: leave one out"),
        (f"{HEAD}\nx,y,a\nx,y\n", "votes.csv, line 3: has 2 fields, unlike the 3 names above"),
        (f"{HEAD}\nx,y,A\n", "votes.csv, line 2: unknown outcome 'A'"),
        (f"{HEAD}\nx,y,a\n\nx,x,a\n", "votes.csv, line 4: compares a system with itself"),
        (f'{HEAD},note\nx,y,a,"two\nlines"\n,y,a,\n', "votes.csv, line 4: a system without a name"),
        (f'{HEAD}\nx,y,"a\n', "votes.csv, line 2: unexpected end of data"),
        (f"{HEAD},weight\nx,y,a,1\nx,y,a,heavy\n", "votes.csv, line 3: weight 'heavy' cannot be read"),
        (f"{HEAD},weight\nx,y,a,-1\n", "votes.csv, line 2: weight -1.0 is not positive and finite"),
        (f"{HEAD},time\nx,y,a,noon\n", "votes.csv, line 2: time 'noon' cannot be read"),
        (f"{HEAD}\nx,y,a\nx,\u00e9,a\n".encode("latin-1"), "votes.csv, line 3: not UTF-8"),
        ('{"a": "x", "b": "y", "winner": "a"}\n{"a": \n', "votes.csv, line 2: not JSON: Expecting value"),
        ('{"a": "x", "b": "y", "winner": "a"}\n[1]\n', "votes.csv, line 2: not an object"),
        (
            '{"a": "x", "b": "y", "winner": "a"}\n\n{"a": "x", "winner": "a"}\n',
            "votes.csv, line 3: b is missing here or in the first vote",
        ),
        ('[{"model_a": "x"}]', "votes.csv: entry 1: no object with a label for each criterion"),
        ('[{"label": {"overall": "3"}}]', "votes.csv: entry 1: unknown label '3'"),
        ('[{"label": {"overall": ["1"]}}]', "votes.csv: entry 1: unknown label ['1']"),
        (
            '{"a": "x", "b": "y", "winner": {"a": 1}}',
            "votes.csv, line 1: winner is neither text nor a number",
        ),
        ("a,b,b,winner\nx,y,z,a\n", "votes.csv, line 1: names b twice"),
        ("[1, 2", "votes.csv, line 1: not JSON: Expecting ',' delimiter"),
    ],
)
def test_bad_file_is_named_with_its_line(written, text, message):
    with pytest.raises(RankingError) as refusal:
        read(written(text))

    assert str(refusal.value) == message


def test_bad_vote_among_several_criteria_is_named_by_its_own_line(written):
    path = written("a,b,winner,criterion\nx,y,a,sound\nx,y,b,words\nx,y,won,words\n")

    with pytest.raises(RankingError, match="line 4: unknown outcome 'won'"):
        read(path, criterion="words")


def test_bad_entry_of_trace_is_named_by_its_place(written):
    bad = [TRACE[0], TRACE[1] | {"model_b": "z"}]

    with pytest.raises(RankingError, match=r"trace\.json, entry 2: compares a system with itself"):
        read(written(json.dumps(bad), "trace.json"), criterion="content")
