"""All addresses: each app brings its own."""

from django.contrib import admin
from django.urls import include, path, re_path

from arena_site import api, health, languages, metrics, pages

urlpatterns = [
    path("", include("leaderboard.urls")),
    path("", include("judging.urls")),
    path("", include("inference.urls")),
    path("licence/", pages.licence, name="licence"),
    path("health", health.health, name="health"),
    path("health/live", health.live, name="health-live"),
    path("metrics", metrics.metrics, name="metrics"),
    path("language/<slug:code>/", languages.choose, name="language"),
    path("account/", include("allauth.account.urls")),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
    path("docs/api/", api.browse, name="api-docs"),
    path("api/v1/", api.Root.as_view(), name="api-root"),
    path("api/v1/schema", api.SchemaView.as_view(), name="api-schema"),
    re_path(r"^api/v1/(?P<rest>[\s\S]*)$", api.Nowhere.as_view(), name="api-nowhere"),
]
