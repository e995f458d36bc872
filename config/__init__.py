"""How Candid is put together: settings, addresses and processes."""

import os

from config.celery import app as celery_app

__all__ = ["celery_app"]

# Workers share the processors. Where NumPy divides a product among several threads, each waits for
# one that has no processor: 500 ms for what one thread does in 2.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
