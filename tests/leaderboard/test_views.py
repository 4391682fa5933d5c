"""The public pages: what they show, and that it moves with snapshots only."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from judging.services import seals
from leaderboard.models import Board
from leaderboard.services import snapshots
from tests import factories
from tests.leaderboard import boards

pytestmark = pytest.mark.django_db

UNRATED = {"rating": None, "low": None, "high": None, "rank_low": None, "rank_high": None, "component": 1}


def words(answer) -> str:
    """The page's text, in which every run of white space is one space."""
    body = answer.content.decode().split("<main")[1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def cells(answer, caption: str) -> list[list[str]]:
    """The rows of the table with this caption."""
    main = answer.content.decode().split("</main>")[0]
    table = main.split(caption)[-1].split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1], re.DOTALL)
    read = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in read]


def test_home_shows_the_top_of_the_current_snapshot(client):
    systems = [factories.system(f"s{number}") for number in range(6)]
    boards.published([(system, {}) for system in systems])

    answer = client.get("/")

    rows = cells(answer, "The systems on top of the main board")
    assert [row[1] for row in rows] == [f"S{number}-Model 1" for number in range(5)]
    assert rows[0] == ["1–2", "S0-Model 1", "1163", "1143 – 1183", "240"]
    assert "votes 4,321 people 17 prompts 53 systems 6" in words(answer)


def test_home_without_a_snapshot_invites_to_judge(client):
    answer = client.get("/")

    assert answer.status_code == 200
    assert "This board has no snapshot." in words(answer)
    assert 'href="/judge/"' in answer.content.decode()


def test_boards_lead_to_the_first_public_one(client):
    first = Board.objects.filter(active=True, visibility="public").first()

    assert client.get("/boards/").url == f"/boards/{first.slug}/"

    first.visibility = Board.Visibility.STAFF
    first.save()
    assert client.get("/boards/").url != f"/boards/{first.slug}/"

    Board.objects.update(active=False)
    assert client.get("/boards/").status_code == 404


def test_board_shows_the_numbers_of_its_standings(client):
    best, other = factories.system("best", label="baseline"), factories.system("other", voice="alto")
    few = {"low": None, "high": None, "status": "provisional"}
    snapshot = boards.published([(best, {}), (other, few)])

    answer = client.get("/boards/overall/")

    assert cells(answer, "Systems with a rank") == [
        [
            "1–2",
            "Best-Model 1 Baseline Example Lab",
            "1163",
            "1143 – 1183",
            "–",
            "240",
            "120",
            "90",
            "20",
            "10",
        ]
    ]
    assert cells(answer, "Provisional systems") == [
        [
            "Other-Model 1 alto Example Lab",
            "1126",
            "too few votes",
            "too few people to say how sure its rating is",
            *("–", "240", "120", "90", "20", "10"),
        ]
    ]
    text = words(answer)
    assert "votes 4,321 people 17 prompts 53 systems 2" in text
    assert all(str(part) in text for part in (snapshot.seed, snapshot.code_version, snapshot.result_sha256))
    assert f"manage.py rebuild_snapshot overall {snapshot.number}" in text


def test_board_shows_who_won_against_whom(client):
    boards.published([(factories.system("one"), {}), (factories.system("two"), {})])

    rows = cells(client.get("/boards/overall/pairs/"), "Meetings")

    assert rows == [["1 One-Model 1", "itself", "9–4 16 votes"], ["2 Two-Model 1", "4–9 16 votes", "itself"]]


def test_board_lists_apart_what_cannot_be_compared(client):
    boards.published([(factories.system("one"), {}), (factories.system("two"), UNRATED)], connected=False)

    answer = client.get("/boards/overall/")

    assert cells(answer, "Systems that are not comparable") == [
        ["Two-Model 1 Example Lab", "–", "240", "120", "90", "20", "10"]
    ]
    assert "Votes do not connect all systems yet" in words(answer)


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        ("annotators", "with people drawn anew"),
        ("votes", "Too few annotators: the intervals are made as if every vote came from another person."),
        ("orders", "if the same votes had come in another order"),
    ],
)
def test_board_of_old_says_how_its_intervals_were_made(client, unit, sentence):
    boards.published([(factories.system(), {})], interval_unit=unit)

    assert sentence in words(client.get("/boards/overall/"))


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        ("both", "would hold for other people and other prompts too"),
        ("annotators", "Prompts are still too few to speak for others."),
        ("none", "Fewer than ten people have judged"),
    ],
)
def test_board_says_whom_its_intervals_speak_for(client, unit, sentence):
    boards.published([(factories.system(), {})], interval_unit=unit, method_version=2)

    assert sentence in words(client.get("/boards/overall/"))


def test_elo_board_calls_itself_a_view_and_ranks_nobody(client):
    line = {"status": "provisional", "rank_low": None, "rank_high": None}
    boards.published([(factories.system("one"), line)], slug="overall-elo", interval_unit="orders")

    answer = client.get("/boards/overall-elo/")

    assert len(cells(answer, "Ratings by online Elo")) == 1
    assert "the ranking is the Bradley–Terry board" in words(answer)
    assert "Provisional" not in words(answer).replace("Hollow dots are provisional", "")


def test_board_and_system_mark_a_rating_that_rests_on_the_prior(client):
    boards.published([(factories.system("one"), {"prior_driven": True}), (factories.system("two"), {})])

    board, system = client.get("/boards/overall/"), client.get("/systems/one/")

    assert [row[1] for row in cells(board, "Systems with a rank")] == [
        "One-Model 1 Example Lab held by the prior",
        "Two-Model 1 Example Lab",
    ]
    assert "Held by the prior: the system, or its group, won all" in words(board)
    assert "1163 held by the prior" in words(system)


def test_board_does_not_speak_of_the_prior_where_votes_are_enough(client):
    boards.published([(factories.system(), {})])

    assert "by the prior" not in words(client.get("/boards/overall/"))


def test_board_says_how_alike_the_votes_of_one_person_are(client):
    boards.published([(factories.system(), {})])

    text = words(client.get("/boards/overall/"))

    assert "Busiest person 12.5 % of the votes" in text
    assert "Design effect 1.84" in text


def test_board_without_resampled_people_has_no_design_effect(client):
    boards.published([(factories.system(), {})], interval_unit="votes", design_effect=None)

    assert "Design effect" not in words(client.get("/boards/overall/"))


def test_board_with_a_snapshot_but_no_usable_vote_says_so(client):
    snapshot = boards.published([], votes=1)

    answer = client.get("/boards/overall/")

    assert f"Snapshot {snapshot.number} holds 1 vote, and it is none" in words(answer)
    assert "Head to head" not in words(answer)


@pytest.mark.parametrize("count", [1, 3, 12])
def test_board_works_with_any_number_of_systems(client, count):
    boards.published([(factories.system(), {}) for _ in range(count)])

    answer = client.get("/boards/overall/")

    assert answer.status_code == 200
    assert len(cells(answer, "Systems with a rank")) == count
    assert answer.content.decode().count('class="plot-dot"') == count


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/", 3),
        ("/boards/overall/", 5),
        ("/boards/overall/pairs/", 5),
        ("/boards/overall/history/", 6),
        ("/boards/overall/standings.csv", 3),
    ],
)
def test_pages_take_the_same_queries_however_many_systems(client, address, queries, count):
    boards.published([(factories.system(), {}) for _ in range(count)])

    with CaptureQueriesContext(connection) as asked:
        client.get(address)

    assert len(asked) == queries


@pytest.mark.parametrize("count", [1, 2])
def test_system_takes_the_same_queries_however_many_boards(client, count):
    system = factories.system("one")
    for slug in ("overall", "overall-elo")[:count]:
        boards.published([(system, {})], slug=slug)

    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/systems/one/")

    assert len(answer.context["profile"].whole) == count
    assert len(asked) == 7


def test_nothing_about_votes_moves_between_snapshots(client, settings):
    settings.BOOTSTRAP_RESAMPLES = 10
    systems, _ = boards.triangle("ab")
    snapshots.build_due()
    addresses = [
        "/",
        "/boards/overall/",
        "/boards/overall-elo/",
        "/systems/system-a/",
        "/api/v1/boards/overall",
    ]
    before = [client.get(address).content for address in addresses]
    boards.votes(systems[0], systems[1], "aab")
    seals.seal()

    between = [client.get(address).content for address in addresses]
    snapshots.build_due(timezone.now() + timedelta(seconds=settings.SNAPSHOT_SECONDS))
    after = [client.get(address).content for address in addresses]

    assert between == before
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_pages_are_open_and_the_same_votes_for_everybody(ada, ben, cleo, mo, as_user):
    boards.published([(factories.system("one"), {})])

    for address in ("/", "/boards/overall/", "/systems/one/", "/methods/"):
        seen = {words(as_user(who).get(address)) for who in (ada, ben, cleo, mo)}

        assert seen == {words(Client().get(address))}


def test_system_shows_its_card_and_its_lines(client):
    family = factories.model(
        "harbour", name="Harbour", card="Answers in one breath.", url="https://example.org/"
    )
    system = factories.system("one", model=family, version="2.1", voice="Marit", label="demonstration")
    boards.published([(system, {})])

    answer = client.get("/systems/one/")

    text = words(answer)
    assert "Harbour 2.1" in text
    assert "Answers in one breath." in text
    assert "demonstration weights" in text
    assert cells(answer, "Results") == [["Overall", "1–2", "1163", "1143 – 1183", "–", "240"]]


def test_system_without_votes_says_so(client):
    factories.system("one")

    assert "No current snapshot holds a vote on this system." in words(client.get("/systems/one/"))


def test_retired_system_says_why(client):
    factories.system("one", state="retired", retired_at=timezone.now(), retire_reason="Replaced by 2.0.")

    assert "Replaced by 2.0." in words(client.get("/systems/one/"))


@pytest.mark.parametrize("state", ["draft", "private", "withdrawn"])
def test_system_that_is_not_public_has_no_page_for_anybody(state, ada, ben, cleo, mo, as_user):
    factories.system("one", state=state)

    assert [as_user(who).get("/systems/one/").status_code for who in (ada, ben, cleo, mo)] == [404] * 4


def test_withdrawn_system_keeps_its_line_without_a_link(client):
    boards.published([(factories.system("one", state="withdrawn"), {})])

    answer = client.get("/boards/overall/")

    assert len(cells(answer, "Systems with a rank")) == 1
    assert "/systems/one/" not in answer.content.decode()


@pytest.mark.parametrize("address", ["/boards/nothing/", "/systems/nothing/"])
def test_unknown_address_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_inactive_board_is_not_shown(client):
    Board.objects.filter(slug="overall-elo").update(active=False)

    assert client.get("/boards/overall-elo/").status_code == 404
    assert "online Elo" not in words(client.get("/boards/overall/"))


def test_pages_are_only_read(client):
    assert [client.post(address).status_code for address in ("/", "/boards/overall/", "/methods/")] == [
        405
    ] * 3


def test_board_says_in_words_who_is_really_different(client):
    one, two, three = (factories.system(name) for name in ("one", "two", "three"))
    snapshot = boards.published(
        [(one, {}), (two, {}), (three, {})], different={("one", "three"), ("two", "three")}
    )

    said = words(client.get("/boards/overall/"))

    assert snapshot.head_to_heads.filter(different=True).count() == 2
    assert "One-Model 1 is really better than: Three-Model 1, +37 points (+17 to +57)." in said
    assert "cannot be told apart from: Two-Model 1." in said
    assert "Three-Model 1 is really worse than: One-Model 1, −37 points (−57 to −17);" in said


def test_board_says_first_who_leads_and_what_is_not_known(client):
    one, two, three = (factories.system(name) for name in ("one", "two", "three"))
    boards.published([(one, {}), (two, {}), (three, {})], different={("one", "two"), ("one", "three")})

    said = words(client.get("/boards/overall/"))

    assert "One-Model 1 is really better than every other system compared here." in said
    assert "One-Model 1 before Two-Model 1: +37 points (+17 to +57)" in said
    assert "Of the 3 pairs of systems 2 are really different" in said


def test_board_of_many_systems_counts_differences_instead_of_naming_them(client):
    systems = [factories.system(f"s{number:02}") for number in range(13)]
    boards.published([(one, {}) for one in systems], different={("s00", "s01"), ("s01", "s02")})

    said = words(client.get("/boards/overall/"))

    assert "S01-Model 1 is really worse than 1 above it and really better than 1 below it;" in said
    assert "really better than: " not in said


def test_board_says_of_each_system_without_a_rank_why(client):
    one, few, wide, alone = (factories.system(name) for name in ("one", "few", "wide", "alone"))
    unranked = {"status": "provisional", "rank_low": None, "rank_high": None}
    lines = [
        (one, {}),
        (few, unranked | {"votes": 63, "wins": 30, "losses": 20, "ties": 8, "both_bad": 5, "annotators": 7}),
        (wide, unranked | {"rating": 1000.0, "low": 950.0, "high": 1050.0, "annotators": 20}),
        (alone, unranked | {"low": None, "high": None, "annotators": 20}),
    ]
    boards.published(lines)

    said = words(client.get("/boards/overall/"))

    assert "63 votes of the 100 needed; 7 people of the 10 needed" in said
    assert "known to ± 50 points only; ± 30 is needed" in said
    assert "too few people to say how sure its rating is" in said
    assert "Without a rank as yet, because too little is known of them: Few-Model 1, Wide-Model 1." in said


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ("tie", "Fewer than 5 votes in a thousand decide the first place: read it as a tie."),
        ("one_person_moves_much", "One person alone moves a rating by more than 10 points"),
    ],
)
def test_board_warns_of_what_hangs_on_little(client, found, sentence):
    boards.published([(factories.system(), {})], sensitivity={found: True})
    warned = words(client.get("/boards/overall/"))
    boards.published([(factories.system(), {})], sensitivity={found: False})

    assert sentence in warned
    assert sentence not in words(client.get("/boards/overall/"))


def test_board_without_a_single_winner_names_who_shares_the_first_place(client):
    one, two, new = (factories.system(name) for name in ("one", "two", "new"))
    unsure = {"rating": 1300.0, "status": "provisional", "rank_low": None, "rank_high": None}
    boards.published([(one, {}), (two, {}), (new, unsure)])

    said = words(client.get("/boards/overall/"))

    assert (
        "No single winner. New-Model 1 is rated highest, but cannot be told apart from 2 other systems:"
        in said
    )
    assert "Without a rank as yet, because too little is known of them: New-Model 1." in said


def test_compare_tells_the_difference_with_its_interval_and_asks_for_two(client):
    one, two = factories.system("one"), factories.system("two")
    boards.published([(one, {}), (two, {})], different={("one", "two")})

    said = words(client.get("/boards/overall/compare/?a=one&b=two"))
    turned = words(client.get("/boards/overall/compare/?a=two&b=one"))
    same = words(client.get("/boards/overall/compare/?a=one&b=one"))

    assert "One-Model 1 is really better." in said
    assert "One-Model 1 before Two-Model 1: +37 points (+17 to +57)" in said
    assert "One-Model 1 is really better." in turned
    assert "−37 points (−57 to −17)" in turned
    assert "Choose two different systems." in same


def test_board_that_is_for_staff_is_not_shown(client):
    snapshot = boards.published([(factories.system("one"), {})])
    Board.objects.filter(pk=snapshot.board_id).update(visibility="staff")

    addresses = ["", "pairs/", "history/", "doubts/", "compare/", "standings.csv", "ratings.svg", "card.json"]

    assert {client.get(f"/boards/overall/{address}").status_code for address in addresses} == {404}
    assert client.get("/systems/one/").context["profile"].whole == []


@pytest.mark.parametrize("form", ["csv", "json", "tex"])
@pytest.mark.parametrize("name", ["standings", "pairs", "history"])
def test_tables_come_as_files(client, name, form):
    boards.published([(factories.system("one"), {}), (factories.system("two"), {})])

    answer = client.get(f"/boards/overall/{name}.{form}")

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="overall-1-{name}.{form}"'
    assert b"two" in answer.content


@pytest.mark.parametrize("name", ["ratings", "differs", "votes", "matrix"])
def test_pictures_come_as_files(client, name):
    boards.published([(factories.system("one"), {}), (factories.system("two"), {})])

    answer = client.get(f"/boards/overall/{name}.svg")

    assert answer["Content-Type"].startswith("image/svg+xml")
    assert b"Two-Model 1" in answer.content


@pytest.mark.parametrize(
    ("name", "kind", "holds"),
    [
        ("results.csv", "text/csv", b"overall"),
        ("opponents.tex", "application/x-tex", b"two"),
        ("opponents.svg", "image/svg+xml", b"Two-Model 1"),
    ],
)
def test_system_page_comes_as_files(client, name, kind, holds):
    boards.published(
        [(factories.system("one"), {}), (factories.system("two"), {})], different={("one", "two")}
    )

    answer = client.get(f"/systems/one/{name}")

    assert answer["Content-Type"].startswith(kind)
    assert holds in answer.content


@pytest.mark.parametrize("address", ["/systems/one/waiting.svg", "/systems/one/level.svg", "/trade-off.svg"])
def test_picture_of_nothing_is_not_found(client, address):
    boards.published([(factories.system("one"), {})])

    assert client.get(address).status_code == 404


def test_system_shows_its_parts_by_level_and_criterion(client, settings):
    settings.BOOTSTRAP_RESAMPLES = 40
    boards.triangle("aaabtx")
    snapshots.build_all()

    answer = client.get("/systems/system-a/")

    kinds = {kind: [part.board.slug for part in parts] for kind, parts, _ in answer.context["profile"].kinds}
    assert kinds["level"] == ["overall-level-1"]
    assert "overall-language-en" in kinds["language"]
    assert client.get("/systems/system-a/level.svg").status_code == 200


def test_trade_off_shows_systems_that_stand_on_both_boards(client):
    one, two = factories.system("one"), factories.system("two")
    boards.published([(one, {}), (two, {})], slug="semantic")
    boards.published([(one, {})], slug="paralinguistic")

    answer = client.get("/trade-off/")

    assert [row["system"] for row in answer.context["rows"]] == [one]
    assert "One-Model 1" in answer.content.decode()
    assert client.get("/trade-off.svg").status_code == 200
    assert b"semantic_low" in client.get("/trade-off.csv").content
