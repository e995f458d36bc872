"""Every setting of Candid. Each comes from the environment; docs/settings.md explains them."""

import datetime as dt
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import environment, logs

env = environment.Env()

BASE_DIR = Path(__file__).resolve().parent.parent

# -- Where this runs --------------------------------------------------------------------------

CANDID_ENV = env.choice("CANDID_ENV", ["local", "production"], default="local")
PRODUCTION = CANDID_ENV == "production"
DEBUG = env.bool("DEBUG", default=False)

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
FILES_DIR = Path(env.str("FILES_DIR", default=str(DATA_DIR / "files"))).resolve()
BROKER_DIR = DATA_DIR / "broker"
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WEB_PROCESSES = env.int("WEB_PROCESSES", default=2 if PRODUCTION else 1)
WEB_THREADS = env.int("WEB_THREADS", default=4)
DEMO_STUDY = env.bool("DEMO_STUDY", default=not PRODUCTION)

LOCAL_HOSTS = [] if PRODUCTION else ["localhost", "127.0.0.1"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECRET_KEY = env.str("SECRET_KEY", default="")
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
BROKER_URL = env.str("BROKER_URL", default=REDIS_URL)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

if PRODUCTION:
    faults = environment.production_faults(
        secret_key=SECRET_KEY,
        hosts=ALLOWED_HOSTS,
        origins=CSRF_TRUSTED_ORIGINS,
        debug=DEBUG,
        database_url=DATABASE_URL,
        broker_url=BROKER_URL,
        metrics_token=METRICS_TOKEN,
    )
    if faults:
        raise ImproperlyConfigured(" ".join(faults))
else:
    SECRET_KEY = SECRET_KEY or environment.local_secret_key(DATA_DIR)
    DATABASE_URL = DATABASE_URL or f"sqlite:///{DATA_DIR / 'candid.sqlite3'}"
    BROKER_URL = BROKER_URL or f"redis+socket://{environment.broker_socket(DATA_DIR)}"

# -- The apps, from the foundation up ---------------------------------------------------------

INSTALLED_APPS = [
    "incidents",
    "taxonomy",
    "reports",
    "config",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_countries",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    "config.middleware.Probes",
    "config.middleware.Watched",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "incidents.middleware.KeptNowhere",
    "incidents.middleware.SignInBeside",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DJANGO_ADMIN = env.bool("DJANGO_ADMIN", default=not PRODUCTION)

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
                "reports.context.study_nav",
                "reports.context.help_at_hand",
            ],
            "builtins": ["incidents.templatetags.icon_tags"],
        },
    },
]
FORM_RENDERER = "incidents.forms.written.Renderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# -- Data -------------------------------------------------------------------------------------

database = env.db_url_config(DATABASE_URL)
if database["ENGINE"].endswith("sqlite3"):
    database["OPTIONS"] = environment.sqlite_options()
else:
    database["CONN_MAX_AGE"] = 60
    database["CONN_HEALTH_CHECKS"] = True
    database["OPTIONS"] = environment.postgres_options(
        database.get("OPTIONS", {}),
        statement_seconds=env.float("STATEMENT_TIMEOUT_SECONDS", default=600),
        idle_seconds=env.float("IDLE_TRANSACTION_SECONDS", default=60),
    )
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {  # shared by all processes, so that the sign-in throttle counts them together
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "candid_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # so that many strangers do not crowd out the counts
    }
}

UPLOAD_LIMIT_MB = env.int("UPLOAD_LIMIT_MB", default=50)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # everything in a form but its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # 500 sorted things have two each, piles as many a sorter
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # larger files go to a temporary file at once
FILE_UPLOAD_PERMISSIONS = 0o600

# -- People -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "incidents.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [  # length first; no rules about kinds of characters, no expiry
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {"user_attributes": ("email", "name")},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
REAUTHENTICATE_MINUTES = env.int("REAUTHENTICATE_MINUTES", default=30)
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)
EXPORT_DAYS = env.int("EXPORT_DAYS", default=7)

ACCOUNT_ADAPTER = "config.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/300s/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * REAUTHENTICATE_MINUTES
ACCOUNT_FORMS = {
    "login": "incidents.forms.accounts.SignInForm",
    "change_password": "incidents.forms.accounts.PasswordChangeForm",
    "reset_password": "incidents.forms.accounts.PasswordResetForm",
    "reset_password_from_key": "incidents.forms.accounts.NewPasswordForm",
    "reauthenticate": "incidents.forms.accounts.ConfirmForm",
}
MFA_ADAPTER = "config.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "add_webauthn": "incidents.forms.accounts.NewPasskeyForm",
    "edit_webauthn": "incidents.forms.accounts.PasskeyNameForm",
    "login_webauthn": "incidents.forms.accounts.PasskeySignInForm",
    "authenticate_webauthn": "incidents.forms.accounts.PasskeySecondForm",
    "reauthenticate_webauthn": "incidents.forms.accounts.PasskeyConfirmForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an admin vouches for the address of whom they invite
MFA_TOTP_ISSUER = "Candid"
MFA_TOTP_TOLERANCE = 1  # clocks differ by half a minute
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION  # passkeys on http://localhost

# -- Security ---------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=PRODUCTION)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600) if PRODUCTION else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # hosts below ours, and
    "security.W021",  # the browsers' own list of hosts, are not ours to decide on
]

ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# -- Jobs -------------------------------------------------------------------------------------

JOB_LEASE_SECONDS = env.float("JOB_LEASE_SECONDS", default=60)
JOB_SWEEP_SECONDS = env.float("JOB_SWEEP_SECONDS", default=10)
JOB_MAX_ATTEMPTS = env.int("JOB_MAX_ATTEMPTS", default=5)
JOB_BACKOFF_SECONDS = env.float("JOB_BACKOFF_SECONDS", default=5)  # doubled at each attempt
BROKER_TIMEOUT_SECONDS = env.float("BROKER_TIMEOUT_SECONDS", default=1)

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS = environment.broker_options(
    BROKER_URL, folder=BROKER_DIR, timeout=BROKER_TIMEOUT_SECONDS
)
CELERY_BROKER_CONNECTION_TIMEOUT = BROKER_TIMEOUT_SECONDS
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for ever
CELERY_TASK_PUBLISH_RETRY = False  # the sweeper rings again; a request never waits
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "config.beat:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(BROKER_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {
        "task": "incidents.sweep_jobs",
        "schedule": dt.timedelta(seconds=JOB_SWEEP_SECONDS),
        # does not pile up while no worker runs, and bears clocks that differ by minutes
        "options": {"expires": 60 * JOB_SWEEP_SECONDS},
    },
    "check-facts-nightly": {
        "task": "taxonomy.check_facts_nightly",
        "schedule": dt.timedelta(days=1),
        "options": {"expires": 3600},
    },
}

# -- Languages and time -----------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# -- Static files -----------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_DIR", default=str(DATA_DIR / "static"))).resolve()
STATICFILES_DIRS = [BASE_DIR / "static", ("guide", BASE_DIR / "docs" / "screenshots")]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.finders.NpmFinder",
]
NODE_MODULES_DIR = BASE_DIR / "node_modules"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": FILES_DIR},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.storage.LastingStaticFilesStorage"
    },
}

# -- Mail and logs ----------------------------------------------------------------------------

MAIL = env.email_url("EMAIL_URL", default="smtp://localhost:25" if PRODUCTION else "consolemail://")
vars().update(MAIL)
SENDS_MAIL = not MAIL["EMAIL_BACKEND"].endswith(("console.EmailBackend", "dummy.EmailBackend"))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT_SECONDS", default=10)
ACCOUNT_EMAIL_NOTIFICATIONS = SENDS_MAIL  # of a changed password or second factor
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="candid@localhost")

LOGGING = logs.settings_for(
    form=env.choice("LOG_FORMAT", ["line", "json"], default="json" if PRODUCTION else "line"),
    level=env.choice("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], default="INFO"),
    production=PRODUCTION,
)
