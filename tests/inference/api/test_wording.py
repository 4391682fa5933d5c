"""A submission's page in Chinese: codes and moves are in Chinese, written sentences are marked as English."""

import re

import pytest
from django.test import Client

from inference.services.submissions import advancing

pytestmark = pytest.mark.django_db
ENGLISH = re.compile(r'<span class="soft small" lang="en">(.*?)</span>', re.DOTALL)
# A few plain words in a row that are no code: an English sentence.
SENTENCE = re.compile(r"(?:\b[A-Za-z]{2,}\b[ ,]+){3,}[A-Za-z]{2,}")


def text_of(html):
    main = re.search(r"<main.*?</main>", html, re.DOTALL)[0]
    return re.sub(r"<[^>]+>", " ", main)


@pytest.fixture
def incomplete(lab, prompt_set):
    """One of the kind worker, all of whose prompts failed."""
    body = {"system": lab.system(), "prompt_set": prompt_set.address, "kind": "worker"}
    key = lab.post("submissions", body).json()["id"]
    lab.post(f"submissions/{key}/submit")
    claim = {"submission": key, "at_most": 8, "worker": "lab"}
    for job in lab.post("jobs/claim", claim).json()["jobs"]:
        said = {"code": "out_of_memory", "message": "The card ran out of its memory.", "again": False}
        lab.post(f"jobs/{job['id']}/fail", {"lease_token": job["lease_token"]} | said)
    advancing.advance_all()
    return f"/my/submissions/{key}/"


def test_in_chinese_no_sentence_is_english_but_what_is_marked(incomplete, ada):
    browser = Client(headers={"Accept-Language": "zh-Hans"})
    browser.force_login(ada)

    page = browser.get(incomplete).content.decode()

    assert "内存不足" in page
    assert "你的机器可以领取作业了。" in page
    assert any("ran out of its memory" in one for one in ENGLISH.findall(page))
    assert SENTENCE.findall(text_of(ENGLISH.sub("", page))) == []


def test_in_english_the_written_sentence_stands(incomplete, ada, as_user):
    page = as_user(ada).get(incomplete).content.decode()

    assert "The card ran out of its memory." in page
    assert ENGLISH.findall(page) == []


def test_the_team_page_names_its_quotas(lab, ada):
    browser = Client(headers={"Accept-Language": "zh-Hans"})
    browser.force_login(ada)

    text = text_of(browser.get(f"/my/teams/{lab.team.slug}/").content.decode())

    assert "已接收的提交" in text
    assert "存储空间" in text
    assert not {"Accepted", "Running", "Invalid", "Storage"} & set(text.split())
