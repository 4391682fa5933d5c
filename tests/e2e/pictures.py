"""`make screenshots`: pictures of the site for the docs, of an arena out of a seed. No test; run by name."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.e2e import showroom

pytestmark = pytest.mark.browser
FOLDER = Path(settings.BASE_DIR) / "docs" / "images"
DESKTOP = {"width": 1280, "scheme": "light", "language": "en"}
PHONE = {"width": 375, "scheme": "dark", "language": "zh-hans"}
TAKEN = {
    "home": (DESKTOP, PHONE),
    "board": (DESKTOP, PHONE),
    "board-pairs": (DESKTOP,),
    "board-compare": (DESKTOP,),
    "system": (DESKTOP,),
    "trade-off": (DESKTOP,),
    "ballot": (DESKTOP, PHONE),
    "join_feedback": (DESKTOP,),
    "my_submission": (DESKTOP, PHONE),
}


def test_take_pictures(site, chromium):
    rooms = showroom.furnish()
    for page in rooms.pages:
        for view in TAKEN.get(page.name, ()):
            with showroom.eyes(chromium, site, rooms, page.who, **view) as eye:
                eye.goto(site.url + page.address)
                eye.wait_for_selector(page.ready)
                kind = "phone" if view is PHONE else "desktop"
                name = page.name.replace("_", "-")
                _unroll(eye)
                eye.screenshot(path=FOLDER / f"{name}-{kind}.png")


def _unroll(eye):
    """Show as much of the page as a reader looks at: two screens at most."""
    wide, high = eye.evaluate("() => [innerWidth, document.documentElement.scrollHeight]")
    eye.set_viewport_size({"width": wide, "height": min(high, 1440)})
