"""Whatever people write, no page of the site runs it: tried in a real browser that reports every breach (U7).

`TEXTS=full pytest tests/e2e/test_injected_texts.py` lets all two hundred texts stand in each column once.
"""

import json
import os

import pytest

from tests import injections
from tests.arena_site import rows
from tests.e2e import showroom

pytestmark = pytest.mark.browser
TURNS = range(len(injections.TEXTS)) if os.environ.get("TEXTS") == "full" else (0,)
WATCH = """
    window.ran = [];
    window.zxq = () => window.ran.push("zxq ran");
    window.alert = window.confirm = window.prompt = text => window.ran.push(`asked ${text}`);
    addEventListener("securitypolicyviolation", breach => window.ran.push(
        `${breach.violatedDirective} ${breach.blockedURI} ${breach.sample}`
    ));
"""


def test_no_text_runs_on_any_page(site, chromium):
    rooms = showroom.furnish()
    mo = showroom.User.objects.get(email="mo@example.org")
    rows.fill(2, by=mo)
    found, seen = {}, 0

    for turn in TURNS:
        with injections.guarded():
            injections.infest(turn)
        for address, ran, holds in _visited(site, chromium, rooms):
            seen += holds
            if ran:
                found[f"{turn} {address}"] = ran

    assert found == {}, json.dumps(found, indent=1, ensure_ascii=False)
    assert seen > 60 * len(TURNS)


def _visited(site, chromium, rooms):
    """Every page with what ran on it, and whether one of the texts is there to be read."""
    addresses = {who: [page.address for page in rooms.pages if page.who == who] for who in rooms.clients}
    addresses["mo"] = [*addresses["mo"], *injections.admin_pages(rows=1)]
    for who in rooms.clients:
        with showroom.eyes(chromium, site, rooms, who) as page:
            page.add_init_script(WATCH)
            for address in addresses[who]:
                answer = page.goto(site.url + address)
                ran = page.evaluate("window.ran")
                if answer.status >= 500 or page.url != site.url + address:
                    ran.append(f"{answer.status}, and the browser is at {page.url}")
                yield address, ran, "zxq" in page.content()
