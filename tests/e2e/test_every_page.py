"""Every page as everybody sees it: axe-core finds nothing, nothing sticks out, what is pressed is large."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e import showroom

pytestmark = pytest.mark.browser
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}
# Each width, scheme and language once: what one of them breaks, it breaks with each of the others.
VIEWS = [(1280, "light", "en"), (320, "dark", "zh-hans")]
# Links inside of a sentence may be as high as their line (WCAG 2.2, 2.5.8); what stands for itself may not.
TOO_SMALL = """() => {
    const pressed = "button, input:not([type=hidden]), select, textarea, summary, [role=button], nav a";
    const size = one => {
        const own = one.getBoundingClientRect(), label = one.labels?.[0]?.getBoundingClientRect() ?? own;
        return [Math.max(own.width, label.width), Math.max(own.height, label.height)];
    };
    return [...document.querySelectorAll(pressed)]
        .filter(one => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        .map(one => [...size(one), one.outerHTML.slice(0, 90)])
        .filter(([wide, high]) => high < 43.5 || wide < 23.5);
}"""
STICKS_OUT = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_every_page_can_be_used_by_everybody(site, chromium):
    rooms = showroom.furnish()
    shown = {page.name for page in rooms.pages}
    assert showroom.routes() - showroom.NO_PAGE - shown == set(), "give them a place in tests/e2e/showroom.py"

    found = {
        f"{page.name} {' '.join(map(str, view))}": wrong
        for view in VIEWS
        for page, wrong in _looked_at(site, chromium, rooms, *view)
        if wrong
    }

    assert found == {}, json.dumps(found, indent=1, ensure_ascii=False)


def _looked_at(site, chromium, rooms, width, scheme, language):
    """Every page with what is wrong with it."""
    for who in rooms.clients:
        with showroom.eyes(chromium, site, rooms, who, width=width, scheme=scheme, language=language) as page:
            for shown in rooms.pages:
                if shown.who == who:
                    yield shown, _wrong(page, site, shown)


def _wrong(page, site, shown):
    """What is wrong with a page, in words."""
    answer = page.goto(site.url + shown.address)
    if answer.status != 200 or page.url != site.url + shown.address:
        return [f"{answer.status}, and the browser is at {page.url}"]
    page.wait_for_selector(shown.ready)
    wrong = [
        f"{one['id']}: {node['html'][:120]} // {node['failureSummary'][:200]}"
        for one in Axe().run(page, options=RULES).response["violations"]
        for node in one["nodes"][:3]
    ]
    wrong += [f"too small to press: {size}" for size in page.evaluate(TOO_SMALL)]
    if out := page.evaluate(STICKS_OUT):
        wrong.append(f"sticks out by {out} px")
    return wrong
