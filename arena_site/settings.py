"""All settings, read once from the environment; every one has a safe default or none."""

from pathlib import Path

from environs import Env, validate

from arena_site import embedded, keys, stores
from arena_site.composition import (  # noqa: F401 -- read here by Django
    CONTENT_SECURITY_POLICY,
    INSTALLED_APPS,
    MIDDLEWARE,
    REST_FRAMEWORK,
    SPECTACULAR_SETTINGS,
    TEMPLATES,
)
from inference.outbound import targets

# Wrong values are collected, and `seal` below reports them all at once.
env = Env(eager=False)

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR: Path = env.path("VAR_DIR", default=BASE_DIR / "var").resolve()

# The site
DEBUG = env.bool("DEBUG", default=False)
# Where none is given, one is made and kept in VAR_DIR, readable by its owner alone.
SECRET_KEY = env.str("SECRET_KEY", default="") or embedded.secret_key(VAR_DIR)
# `id:key,…`, 32 bytes each in base64: the first seals stored secrets, the others still open them.
SECRETS_KEYS = keys.read(env.list("SECRETS_KEYS", default=[]) or [embedded.sealing_key(VAR_DIR)])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)
# Cookies of this name are kept by browsers for this very host alone, and only over TLS.
COOKIE_PREFIX = "__Host-" if HTTPS else ""

ROOT_URLCONF = "arena_site.urls"
WSGI_APPLICATION = "arena_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Database, broker, files
DATABASES = {
    "default": env.dj_db_url("DATABASE_URL", default=embedded.database_url(VAR_DIR), conn_max_age=60)
}
REDIS_URL = env.str("REDIS_URL", default=embedded.redis_url(VAR_DIR))

STORAGES = {
    # Audio lies here under random keys and is never served as files: views answer for it.
    "default": stores.sounds(
        bucket=env.str("MEDIA_BUCKET", default=""), folder=env.path("MEDIA_DIR", default=VAR_DIR / "media")
    ),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_REDIRECT = env.str("MEDIA_REDIRECT", default="")
"""Where the proxy finds the sounds, such as `/stored/`: it sends them then (X-Accel-Redirect); else we do."""
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False

# People
AUTH_USER_MODEL = "arena_site.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
] + [{"NAME": "arena_site.logins.OwnWordsValidator"}]
ACCOUNT_ADAPTER = "arena_site.logins.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
LOGIN_URL = "account_login"
# Before a password is hashed: twenty tries an hour for an account, sixty for a network address.
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,60/h/ip"}
ACCOUNT_FORMS = {"signup": "arena_site.accounts.SignupForm"}
ACCOUNTS_AN_HOUR = env.int("ACCOUNTS_AN_HOUR", default=3 if HTTPS else 0, validate=validate.Range(min=0))
"""New accounts an hour from one network; 0 is any number, as on one's own machine."""
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if HTTPS else 0)
"""How many proxies of ours stand before the site; the address before them is the caller's."""
MFA_ADAPTER = "arena_site.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "S2S-Arena"
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=HTTPS)
"""Whether the admin asks for a second factor; on where the site is served to others."""
# In the database, since several processes count together; what is counted by Redis would be gone with it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "arena_cache"}}
LOGIN_REDIRECT_URL = "judge"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

vars().update(env.dj_email_url("EMAIL_URL", default="console://") or {})
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="S2S-Arena <arena@localhost>")
CONTACT = env.str("CONTACT", default="")
"""A mail address for the foot of every page, where those who run the arena answer; the terms promise it."""

# Language and time
LANGUAGE_CODE = "en"
# Each language is named in itself, since whoever looks for it may read no other.
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
LANGUAGE_COOKIE_SECURE = LANGUAGE_COOKIE_HTTPONLY = HTTPS
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
TIME_ZONE = "UTC"
USE_TZ = True

# Safety in the browser
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = env.int("SESSION_LASTS_SECONDS", default=30 * 24 * 3600)
"""How long a login lasts at most; a staff login lasts less (arena_site/second_factor.py)."""
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=7 * 24 * 3600)
"""How long a login lasts that nobody uses."""
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Jobs: one number, from which the other limits follow (reliability 5.1, 8)
CALL_SECONDS = env.int("CALL_SECONDS", default=120)
"""The longest that one answer of one system may take."""
LOAD_SECONDS = env.float("LOAD_SECONDS", default=0.0)
"""What a system may take beside that to load its weights; half of CALL_SECONDS unless given."""
STOP_SECONDS = env.float("STOP_SECONDS", default=10.0)
"""How long a stopping worker waits for the answer in the making before it gives the job back."""
LEASE_SECONDS = env.int("LEASE_SECONDS", default=60)
POLL_SECONDS = env.float("POLL_SECONDS", default=5.0)
WATCHDOG_SECONDS = env.float("WATCHDOG_SECONDS", default=45.0)
"""A slot that has not looked for work for so long, although some is due, is ended and replaced."""
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=1.0)
RING_AGAIN_SECONDS = env.int("RING_AGAIN_SECONDS", default=30)
BACKOFF_SECONDS = env.float("BACKOFF_SECONDS", default=10.0)
ADAPTER_MEMORY_BYTES = env.int("ADAPTER_MEMORY_BYTES", default=4_000_000_000)
"""Address space of the process in which adapters of the queue `api` run; on `gpu` there is no limit."""
ADAPTER_VARIABLES: list[str] = env.list("ADAPTER_VARIABLES", default=[])
"""Names of further environment variables that adapters may read; see inference/services/jobs/hosting.py."""
LONGEST_BACKOFF_SECONDS = env.float("LONGEST_BACKOFF_SECONDS", default=3600.0)
"""The longest that a job rests after a failure, whatever an endpoint's Retry-After says."""
OWNER_SLOTS = env.int("OWNER_SLOTS", default=2, validate=validate.Range(min=1))
"""How many batches of one team's systems run at once; the site's own systems have no limit."""
IDENTITY_RECOGNISER = env.str(
    "IDENTITY_RECOGNISER", default="", validate=validate.OneOf(["", "pocketsphinx"])
)
"""Hears English answers before they are paired, for words that say who speaks; empty: none does."""
SWEEPER_CHORES = {
    "inference.services.sweep.lost_leases": SWEEP_SECONDS,
    "inference.services.sweep.ring_again": RING_AGAIN_SECONDS,
    "inference.services.sweep.discard_orphans": 3600.0,
    "inference.services.pulses.forget_dead": 60.0,
    "inference.services.identity.check_waiting": 5.0,
    "inference.services.alarms.tell": 60.0,
    "inference.services.submissions.advancing.advance_all": 2 * SWEEP_SECONDS,
    "inference.services.submissions.aging.check_limits": 60.0,
    "inference.services.publishing.reveal_due": 60.0,
    "inference.services.webhooks.deliver_due": SWEEP_SECONDS,
    "inference.services.webhooks.forget_old": 3600.0,
    "inference.services.idempotency.forget_old": 3600.0,
    "inference.services.parts.discard_old": 3600.0,
    "judging.services.ballots.expire": 60.0,
    "judging.services.ballots.void_unusable": 60.0,
    "judging.services.leaving.carry_out": 3600.0,
    "judging.services.batches.close_due": 60.0,
    "judging.services.heard.forget": 3600.0,
    "judging.services.scoring.retire_gold": 3600.0,
    "judging.services.seals.seal": 60.0,
    "judging.services.rules.runs.run_due": 60.0,
    "leaderboard.services.integrity.run_due": 600.0,
    "leaderboard.services.snapshots.build_due": 60.0,
}
"""What the sweeper does, and the seconds between two runs of each."""

POOL_SECONDS = env.float("POOL_SECONDS", default=60.0, validate=validate.Range(min=0))
"""How long a process keeps what may be judged, as it was read for the choice of pairs."""

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 0.1}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_DEFAULT_QUEUE = "api"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
# Adapters run elsewhere, in hosts that end with the process that started them: it stays while it can.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1_000_000  # kB; a batch of long clips takes a third of it
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# Judging
STAFF_MAY_JUDGE = env.bool("STAFF_MAY_JUDGE", default=False)
"""Staff see the systems' names in the admin, and judge only where a small lab allows it."""
REGISTRATION = env.str(
    "REGISTRATION", default="open", validate=validate.OneOf(["open", "invitation", "closed"])
)
"""Who may become an annotator: anybody, whoever has an invitation's code, or nobody new."""

# Boards
SNAPSHOT_SECONDS = env.int("SNAPSHOT_SECONDS", default=3600)
"""How often the sweeper builds new snapshots, if there are new votes."""
BOOTSTRAP_RESAMPLES = env.int("BOOTSTRAP_RESAMPLES", default=1000, validate=validate.Range(min=100))

# Watching: who may look, and what is late
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
"""Who bears it may read /metrics and the figures of /health; without it, whoever is on this machine."""
HEALTH_QUEUE_SECONDS = env.int("HEALTH_QUEUE_SECONDS", default=300)
"""How long a due job may wait while nobody takes or works on any."""
HEALTH_LEASE_SECONDS = env.int("HEALTH_LEASE_SECONDS", default=60)
"""How long after its end a lease may stand before the sweeper takes it."""
HEALTH_WORKERS = env.int("HEALTH_WORKERS", default=1)
"""How many slots there have to be; 0 where this site calls no system itself."""
HEALTH_WORKER_SECONDS = env.int("HEALTH_WORKER_SECONDS", default=60)
HEALTH_SWEEPER_SECONDS = env.int("HEALTH_SWEEPER_SECONDS", default=60)
HEALTH_SEAL_SECONDS = env.int("HEALTH_SEAL_SECONDS", default=300)
HEALTH_SNAPSHOT_SECONDS = env.int("HEALTH_SNAPSHOT_SECONDS", default=900)
"""Beyond SNAPSHOT_SECONDS: how long the sealed votes may wait for a board."""

# API
API_READS_PER_SECOND = env.int("API_READS_PER_SECOND", default=20, validate=validate.Range(min=1))
"""How many requests without a token one address may send in a second."""
OUTBOUND_ALLOW = targets.allowed(env.list("OUTBOUND_ALLOW", default=[]))
"""`host:port,…` that anybody's webhooks and systems may name though it is not https on a public port 443."""
OUTBOUND_ALLOW_OWN = targets.allowed(env.list("OUTBOUND_ALLOW_OWN", default=[]))
"""The same for the site's own systems alone, such as `localhost:8000` for a vLLM beside the workers."""
HUB_URL = env.str("HUB_URL", default="https://huggingface.co")
"""Where the checkpoints come from that teams name; a mirror inside is listed in OUTBOUND_ALLOW_OWN."""
CHECKPOINT_BYTES = env.int("CHECKPOINT_BYTES", default=80_000_000_000, validate=validate.Range(min=1))
"""How large a team's checkpoint may be."""
# Logs
LOG_FORMAT = env.str("LOG_FORMAT", default="line", validate=validate.OneOf(["line", "json"]))
"""Lines for people, or one JSON object an event (docs/operations.md)."""
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "arena_site.logs.LineFormatter"},
        "json": {"()": "arena_site.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}

# All wrong values are told here, at once; what follows from other settings comes after.
env.seal()

HEARTBEAT_SECONDS = LEASE_SECONDS / 4
# Who freezes, or loses its line, in the middle of a transaction keeps its locks no longer than its leases.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
    "options", f"-c idle_in_transaction_session_timeout={LEASE_SECONDS}s"
)
LOAD_SECONDS = LOAD_SECONDS or CALL_SECONDS / 2
# What a batch may take grows by CALL_SECONDS with each prompt after the first, here and in the deadline.
ANSWER_SECONDS = LOAD_SECONDS + CALL_SECONDS
# The prompt is decoded before, the answer checked and stored after it, while the database may be away.
DEADLINE_SECONDS = ANSWER_SECONDS + LEASE_SECONDS
# After an outage of the database all slots look silent, until each has looked again.
WATCHDOG_PATIENCE_SECONDS = WATCHDOG_SECONDS / 6
