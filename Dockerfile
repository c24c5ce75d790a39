# Two stages, the same steps as `make run`: `make dependencies` and `make install` from the lock,
# then `hub migrate` and `hub serve`.
FROM python:3.13-bookworm AS build
WORKDIR /srv/hub
COPY Makefile requirements.lock ./
RUN make dependencies PYTHON=python3
COPY pyproject.toml ./
COPY hub/ hub/
COPY media/ media/
COPY schema/ schema/
RUN make install PYTHON=python3

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data hub \
    && install --directory --owner hub --group hub --mode 0750 /data
WORKDIR /srv/hub
COPY --from=build /srv/hub /srv/hub
ENV HUB_ENV=production \
    HUB_HOST=0.0.0.0 \
    HUB_PORT=8000 \
    HUB_DATA_DIR=/data \
    HUB_LOG_FORMAT=json \
    PATH=/srv/hub/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER hub
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"HUB_PORT\"]}/readyz', timeout=3)"]
STOPSIGNAL SIGTERM
CMD ["sh", "-c", "hub migrate && exec hub serve"]
