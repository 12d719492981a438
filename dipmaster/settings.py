"""Settings, all from the environment; the defaults run a paper desk on this machine alone."""

import os
import secrets
from pathlib import Path
from typing import Any

import structlog
from csp.constants import NONCE, SELF
from psycopg.conninfo import conninfo_to_dict

from dipmaster.addresses import BASE_DIR, database_url, redis_url, var_dir

VAR_DIR = var_dir()


def _generated_secret(name: str) -> str:
    """Read a secret kept under var/, made on first use and readable by its owner only."""
    path: Path = VAR_DIR / name
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(50))
        except FileExistsError:  # another process was first: its secret counts
            pass
    return path.read_text()


def _list(name: str, default: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


SECRET_KEY = os.environ.get("SECRET_KEY") or _generated_secret("secret_key")
DEBUG = os.environ.get("DEBUG", "") == "1"
ALLOWED_HOSTS = _list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = _list("CSRF_TRUSTED_ORIGINS", "")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "axes",
    "csp",
    "dipmaster.accounts",
    "dipmaster",
    "risk",
    "execution",
    "analytics",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "dipmaster.urls"
ASGI_APPLICATION = "dipmaster.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname"),
        "USER": parts.get("user"),
        "PASSWORD": parts.get("password"),
        "HOST": parts.get("host"),
        "PORT": parts.get("port"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # A transaction that hangs must not hold an order's lock, and with it every worker thread, for ever.
        "OPTIONS": {
            "application_name": "dipmaster",
            "options": "-c lock_timeout=20s -c idle_in_transaction_session_timeout=60s",
        },
    }


DATABASES = {"default": _database(database_url(VAR_DIR))}
REDIS_URL = redis_url(VAR_DIR)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "cache"}}
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL], "prefix": "channels"}}
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "trading"
CELERY_TASK_ROUTES = {
    "analytics.run_experiment": {"queue": "lab"},
    "analytics.*": {"queue": "reports"},
    "execution.learn_volumes": {"queue": "reports"},  # seconds of arithmetic now and then: not beside orders
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE = {
    "missing-reports": {"task": "analytics.build_missing_reports", "schedule": 30.0},
    "waiting-experiments": {"task": "analytics.sweep_experiments", "schedule": 30.0},
    "old-market-data": {"task": "execution.drop_old_market_data", "schedule": 3600.0},
    "volumes": {"task": "execution.learn_volumes", "schedule": 300.0},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "blotter"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": ["'none'"],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if os.environ.get("HTTPS") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["execution.api.parsers.ExactJSONParser"],
    "DEFAULT_THROTTLE_RATES": {
        "orders.submit": os.environ.get("API_SUBMIT_RATE", "50/second"),
        "read": os.environ.get("API_READ_RATE", "100/second"),
    },
    "EXCEPTION_HANDLER": "execution.api.errors.handle",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "DipMaster API",
    "DESCRIPTION": "Submit, follow and stop parent orders; read their execution reports.",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "SideEnum": "execution.models.orders.SIDES",
        "VenueModeEnum": "execution.models.venues.Venue.Mode",
        "OrderStateEnum": "execution.models.orders.ORDER_STATES",
        "SliceStateEnum": "execution.models.orders.SLICE_STATES",
        "ChildStateEnum": "execution.models.orders.CHILD_STATES",
    },
}

# Where rich is installed, structlog's tracebacks show every local variable, and some hold keys of venue accounts.
structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback

# Trading
LIVE_TRADING = os.environ.get("DIPMASTER_LIVE_TRADING", "") == "1"
CREDENTIALS_KEY = os.environ.get("DIPMASTER_CREDENTIALS_KEY") or SECRET_KEY
PAPER_EXCHANGE_URL = os.environ.get("PAPER_EXCHANGE_URL", "http://127.0.0.1:8900")
PAPER_API_KEY = os.environ.get("PAPER_API_KEY", "paper-key")
PAPER_API_SECRET = os.environ.get("PAPER_API_SECRET", "paper-secret")
BOOK_MAX_AGE_SECONDS = float(os.environ.get("BOOK_MAX_AGE_SECONDS", "2"))
LEASE_SECONDS = float(os.environ.get("LEASE_SECONDS", "10"))
VENUE_TIMEOUT_SECONDS = float(os.environ.get("VENUE_TIMEOUT_SECONDS", "4"))
BAR_RETENTION_DAYS = int(os.environ.get("BAR_RETENTION_DAYS", "30"))
EXECUTION_ALGORITHM_MODULES = _list("EXECUTION_ALGORITHM_MODULES", "")
