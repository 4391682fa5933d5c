"""Every page of the admin can be used by everybody: axe-core finds nothing in light and dark, en and zh."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests import injections
from tests.arena_site import rows
from tests.e2e import showroom

pytestmark = pytest.mark.browser
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
VIEWS = [("light", "en"), ("dark", "zh-hans")]


def test_every_page_of_the_admin_can_be_used_by_everybody(site, chromium):
    rooms = showroom.furnish()
    rows.fill(1, by=showroom.User.objects.get(email="mo@example.org"))
    addresses = list(injections.admin_pages(rows=1))
    found = {}

    for scheme, language in VIEWS:
        with showroom.eyes(chromium, site, rooms, "mo", scheme=scheme, language=language) as page:
            for address in addresses:
                assert page.goto(site.url + address).status == 200, address
                for one in Axe().run(page, options=RULES).response["violations"]:
                    key = f"{one['id']}: {one['nodes'][0]['html'][:160]}"
                    found.setdefault(key, []).append(f"{scheme} {address}")

    told = {wrong: (len(where), where[:3]) for wrong, where in found.items()}
    assert told == {}, json.dumps(told, indent=1, ensure_ascii=False)
