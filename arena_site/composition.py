"""The settings that no environment changes: what the site is made of, its API and its rules for browsers."""

from pathlib import Path

INSTALLED_APPS = [
    "arena_site",
    "leaderboard",
    "judging",
    "inference",
    "arena_site.apps.ArenaAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "arena_site.middleware.RequestMiddleware",
    # Outside of all that may answer by itself, so that redirects and static files have these headers too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "arena_site.sessions.SessionLimitsMiddleware",
    "arena_site.languages.AccountLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "arena_site.middleware.RefusedMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent.parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "arena_site.pages.navigation",
            ],
        },
    },
]

# Safety in the browser
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "media-src": ["'self'", "blob:"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# API
REST_FRAMEWORK = {
    # A view that does not say who may use it is used by nobody (inference/api/access.py).
    "DEFAULT_PERMISSION_CLASSES": ["inference.api.access.Declared"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["inference.api.access.TokenAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "inference.api.schema.Schema",
    "EXCEPTION_HANDLER": "arena_site.api.refuse",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "S2S-Arena",
    "DESCRIPTION": "Bring a speech-to-speech system and have it judged by ear; read the boards.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "APPEND_COMPONENTS": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Problem": {
                "type": "object",
                "required": ["type", "title", "status", "code", "fault", "detail", "fix", "request_id"],
                "properties": {
                    **{name: {"type": "string"} for name in ("type", "title", "code", "detail", "fix")},
                    "status": {"type": "integer"},
                    "fault": {"type": "string", "enum": ["submitter", "platform", "upstream"]},
                    "fields": {"type": "object", "additionalProperties": {}},
                    "request_id": {"type": "string"},
                },
            }
        },
    },
}
