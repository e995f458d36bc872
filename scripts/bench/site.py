"""What gunicorn serves for a measurement: Candid with the minimal view beside its own.

With BENCH_BARE=1 the middleware is that of a project just started, and nothing of Candid's.
"""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

BARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)
settings.ROOT_URLCONF = "scripts.bench.addresses"
if os.environ.get("BENCH_BARE"):
    settings.MIDDLEWARE = BARE
application = WSGIHandler()
