"""A study comes in once, whole or not at all, and is ranked apart from votes."""

import json

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from inference.errors import Refused
from leaderboard.models import Study, StudyVerdict
from leaderboard.selectors import studies as selected
from leaderboard.services import studies
from tests.leaderboard.ranking.test_published import FOLDER

pytestmark = pytest.mark.django_db
ROW = {
    "instruction_path": "input/one.wav",
    "model_a": "x",
    "model_b": "y",
    "label": {"content": "1", "voice_quality": "both_good", "paralinguistics": "both_bad", "overall": "2"},
}


def written(folder, rows):
    path = folder / "study.json"
    path.write_text(json.dumps(rows))
    return path


def test_import_keeps_four_answers_apart(tmp_path):
    study = studies.import_trace(written(tmp_path, [ROW]))

    kept = dict(study.verdicts.values_list("criterion", "answer"))
    assert kept == {"semantic": "a", "voice_quality": "tie", "paralinguistic": "both_bad", "overall": "b"}


def test_import_refuses_a_second_time_and_a_wrong_row_whole(tmp_path):
    wrong = {**ROW, "label": {**ROW["label"], "overall": "perhaps"}}
    with pytest.raises(Refused, match="Comparison 2"), transaction.atomic():
        studies.import_trace(written(tmp_path, [ROW, wrong]))
    assert not Study.objects.exists()

    studies.import_trace(written(tmp_path, [ROW]))
    with pytest.raises(Refused, match="already"):
        studies.import_trace(written(tmp_path, [ROW]))


def test_study_does_not_change(tmp_path):
    studies.import_trace(written(tmp_path, [ROW]))

    with pytest.raises(IntegrityError), transaction.atomic():
        StudyVerdict.objects.update(answer="a")


def test_trace_is_ranked_per_criterion(client, capsys):
    path = FOLDER / "trace_s2sarena.json"
    if not path.exists():
        pytest.skip("trace_s2sarena.json is not here: a clone has no ../shared")

    call_command("import_study", str(path))

    study = Study.objects.get()
    assert study.verdicts.count() == 4 * 314
    overall = selected.board(study.pk, "overall")
    assert overall.standings[0].wins > overall.standings[-1].wins
    assert sum(line.wins for line in overall.standings) == 113
    assert all(line.low < line.rating < line.high for line in overall.standings)
    page = client.get("/studies/trace/")
    assert page.status_code == 200
    assert page.content.count(b"<tbody>") == 4
    # The paper's rule only moves points.
    assert round(sum(selected.papers_way(study.pk, "overall").values()), 6) == 6000.0
    assert b"online_elo" in client.get("/studies/trace/overall.csv").content
    assert b"<svg" in client.get("/studies/trace/overall.svg").content


def test_paper_table_adds_up_and_is_shown(client):
    rows = selected.paper()["main"]["rows"]

    assert round(sum(row["elo"] for row in rows), 1) == 10_000.0
    assert sum(row["wins"] for row in rows) == sum(row["losses"] for row in rows) == 1001
    rates = [round(100 * row["wins"] / (row["wins"] + row["losses"]), 1) for row in rows]
    assert rates == [row["win_rate"] for row in rows]
    assert b"1246.1" in client.get("/paper/").content
    assert b"1246.1" in client.get("/studies/paper.csv").content
