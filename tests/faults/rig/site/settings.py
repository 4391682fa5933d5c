"""The site's settings with one more address, at which jobs are asked for over HTTP."""

from arena_site.settings import *  # noqa: F403

ROOT_URLCONF = "tests.faults.rig.site.urls"
