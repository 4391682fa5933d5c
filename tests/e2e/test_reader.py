"""Somebody who knows no statistics asks a board, in a real browser: the answers stand there in words."""

import re

import pytest
from django.conf import settings

from tests import factories
from tests.leaderboard import boards

# What a reader asks, and what answers it.
ASKED = {
    "en": {
        "who is best?": "No single winner. Amber-Model 1 is rated highest, but cannot be told apart",
        "is Amber really better than Cedar?": "is really better than: Cedar-Model 1, +37 points",
        "is Amber really better than Birch?": "cannot be told apart from: Birch-Model 1",
        "are they equal then?": "“Cannot be told apart” does not mean equal",
        "what does 1–2 mean?": "1–2 before Amber-Model 1 means: it may be in place 1, in place 2",
        "why has Dune no rank?": "63 votes of the 100 needed; 7 people of the 10 needed",
        "how many are different at all?": "Of the 6 pairs of systems 2 are really different",
        "how sure is a “really”?": "would hold if other people judged other prompts",
    },
    "zh-hans": {
        "who is best?": "没有唯一的第一名",
        "is Amber really better than Cedar?": "确实优于： Cedar-Model 1",
        "is Amber really better than Birch?": "与以下系统分不出高下： Birch-Model 1",
        "are they equal then?": "“分不出高下”并不等于一样好",
        "what does 1–2 mean?": "Amber-Model 1 前的 1–2 表示：它可能排在第 1、第 2",
        "why has Dune no rank?": "投票 63 票，需要 100 票; 评测者 7 人，需要 10 人",
        "how many are different at all?": "6 对系统中有 2 对确实不同",
        "how sure is a “really”?": "换一批人评测另一批提示，结论依然成立",
    },
}


@pytest.mark.parametrize("language", ASKED)
def test_a_board_answers_a_readers_questions_in_words(site, chromium, language):
    amber, birch, cedar, dune = (factories.system(name) for name in ("amber", "birch", "cedar", "dune"))
    new = {"status": "provisional", "rank_low": None, "rank_high": None, "annotators": 7}
    new |= {"votes": 63, "wins": 30, "losses": 20, "ties": 8, "both_bad": 5}
    boards.published(
        [(amber, {}), (birch, {}), (cedar, {}), (dune, new)],
        different={("amber", "cedar"), ("amber", "dune")},
    )
    context = chromium.new_context(viewport={"width": 390, "height": 800})
    context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": site.url}])
    page = context.new_page()

    page.goto(f"{site.url}/boards/overall/")

    # As it is seen: nothing has to be opened, pointed at or followed.
    said = re.sub(r"\s+", " ", page.inner_text("main"))
    context.close()
    assert [asked for asked, answer in ASKED[language].items() if answer not in said] == []
