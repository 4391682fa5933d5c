"""What others published: TRACE's labels of S2S-Arena and the papers' tables, read where they are present."""

import json
from pathlib import Path

import pytest

from leaderboard.ranking import elo
from leaderboard.ranking.board import rate
from leaderboard.ranking.bradley_terry import fit, ratings, scores
from leaderboard.ranking.comparisons import TIE
from leaderboard.ranking.reading import from_rows

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data"
OUTCOMES = {"1": "a", "2": "b", "both_good": "tie", "both_bad": "both_bad"}
DIMENSIONS = ("content", "voice_quality", "paralinguistics", "overall")


def read(name):
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not here: a clone has no ../shared")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def published():
    return read("paper_results.json")


@pytest.fixture(scope="module")
def labels():
    return read("trace_s2sarena.json")


def comparisons_of(labels, published, *, dimension):
    slugs = {name: system["slug"] for system in published["systems"] for name in system["names_in_sources"]}
    return from_rows(
        [
            (
                slugs[row["model_a"]],
                slugs[row["model_b"]],
                OUTCOMES[row["label"][dimension]],
                "",
                row["instruction_path"],
            )
            for row in labels
        ]
    )


def test_decisive_trace_labels_give_the_published_ratings(labels, published):
    overall = comparisons_of(labels, published, dimension="overall")
    decisive = overall.where(overall.outcome < TIE)

    found = dict(zip(decisive.systems, ratings(fit(scores(decisive), alpha=0).theta).tolist(), strict=True))

    expected = {row["system"]: row["rating"] for row in published["trace"]["bradley_terry"]}
    assert len(decisive) == published["trace"]["decisive_overall"] == 113
    # Printed to one decimal.
    assert found == pytest.approx(expected, abs=0.0501)
    assert sorted(found, key=found.get, reverse=True) == [
        "gpt-4o-realtime",
        "funaudiollm-4o",
        "cascade",
        "mini-omni",
        "speechgpt",
        "llama-omni",
    ]


def test_trace_board_counts_wins_losses_and_pairs_as_published(labels, published):
    result = rate(comparisons_of(labels, published, dimension="overall"), resamples=50)

    trace = published["trace"]
    found = {line.system: (line.wins, line.losses, line.votes) for line in result.standings}
    assert found == {
        row["system"]: (row["wins"], row["losses"], row["appearances"]) for row in trace["bradley_terry"]
    }
    wins = {(pair.system_a, pair.system_b): pair.a_wins for pair in result.head_to_head}
    wins |= {(pair.system_b, pair.system_a): pair.b_wins for pair in result.head_to_head}
    order = trace["decisive_wins"]["order"]
    assert [[wins.get((row, column), 0) for column in order] for row in order] == trace["decisive_wins"][
        "rows"
    ]
    assert result.prompts == trace["prompts_by_audio_path"]
    # One label set without names of people: only prompts are known to differ, and the board says so.
    assert result.interval_unit == "prompts"
    assert {line.status for line in result.standings} == {"provisional"}


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_trace_labels_count_as_published(labels, published, dimension):
    counts = comparisons_of(labels, published, dimension=dimension).counts.sum(axis=(0, 1))

    expected = published["trace"]["labels"][dimension]
    assert counts.sum() == published["checks"]["trace_rows_per_dimension"][dimension]
    assert counts[:2].sum() == expected["1"] + expected["2"]
    assert counts[2:].tolist() == [expected["both_good"], expected["both_bad"]]


def test_trace_overall_shares_of_ties_and_both_bad_hold(labels, published):
    counts = comparisons_of(labels, published, dimension="overall").counts.sum(axis=(0, 1))

    assert counts[2:].sum() / counts.sum() == pytest.approx(published["checks"]["trace_ties_share"], abs=5e-4)
    assert counts[3] / counts.sum() == pytest.approx(published["checks"]["trace_both_bad_share"], abs=5e-4)


def test_online_elo_conserves_what_the_papers_tables_conserve(labels, published):
    played = elo.run(comparisons_of(labels, published, dimension="overall"))

    assert played.sum() == pytest.approx(1000 * len(played), abs=1e-9)
    rows = published["main"]["rows"]
    assert sum(row["elo"] for row in rows) == pytest.approx(
        published["checks"]["main_sum_of_ratings"], abs=0.05
    )
    assert published["checks"]["main_sum_of_ratings"] == elo.START * len(rows)


def test_main_table_holds_its_checks(published):
    rows, checks = published["main"]["rows"], published["checks"]

    assert sum(row["wins"] for row in rows) == checks["main_wins"]
    assert sum(row["losses"] for row in rows) == checks["main_losses"]
    assert sum(row["matches"] for row in rows) == checks["main_sum_of_matches"]
    assert all(row["wins"] + row["losses"] == row["matches"] for row in rows)
    assert all(abs(100 * row["wins"] / row["matches"] - row["win_rate_percent"]) < 0.051 for row in rows)


@pytest.mark.parametrize(
    ("table", "check"), [("by_domain", "by_domain_column_sums"), ("by_level", "by_level_column_sums")]
)
def test_columns_of_subset_boards_sum_as_online_elo_must(published, table, check):
    rows = published[table]["rows"]

    sums = {column: sum(row[column] for row in rows) for column in published[table]["columns"]}

    assert sums == pytest.approx(published["checks"][check], abs=0.01)
    columns = [column for column in published[table]["columns"] if column != "macro_average"]
    largest = max(
        abs(sum(row[column] for column in columns) / len(columns) - row["macro_average"]) for row in rows
    )
    assert largest <= published["checks"]["macro_averages_largest_difference"] + 1e-9


def test_pilot_columns_and_win_rates_hold_their_checks(published):
    pilot, checks = published["pilot"], published["checks"]

    sums = {column: sum(row[column] for row in pilot["elo"]) for column in pilot["columns"]}
    matrix = pilot["win_rates"]["rows"]
    deviations = [abs(matrix[i][j] + matrix[j][i] - 1) for i in range(6) for j in range(i)]

    assert sums == checks["pilot_column_sums"]
    assert max(deviations) == pytest.approx(
        checks["pilot_win_rates_largest_deviation_of_a_pair_from_one"], abs=1e-9
    )


def test_failure_counts_hold_their_checks(published):
    failures, checks = published["failure_causes"]["total"], published["checks"]

    assert failures["losses"] == checks["failure_losses_by_system"]
    assert (
        sum(failures[kind] for kind in ("worse", "failed", "not_understood")) == checks["failure_cases_sum"]
    )
    assert sum(row["losses"] for row in published["failure_causes"]["main_cause"]) == failures["losses"]
