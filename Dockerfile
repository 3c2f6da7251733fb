# Build:  docker build -t video-bot .
# Look:   docker run --rm video-bot demo
# Run:    docker run --read-only --tmpfs /tmp -v video-bot:/data -p 3000:3000 --env-file .env video-bot
# Attachments pass through /tmp; only /data outlives the container. `make docker-check` runs these
# very instructions without Docker.

FROM python:3.12-slim-bookworm AS builder
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.lock requirements-build.lock ./
# The locks are complete, so pip weighs no release but theirs; `pip check` says so at the end.
# Wheels only: this image has no compiler, and a source archive would run code of its own.
RUN python -m venv --without-pip /opt/video-bot \
 && python -m pip --python /opt/video-bot/bin/python install \
    --no-deps --require-hashes --only-binary :all: -r requirements.lock
# The build backend, in the version the tests ran with; none of this leaves the stage.
RUN python -m venv --without-pip /opt/tools \
 && python -m pip --python /opt/tools/bin/python install \
    --no-deps --require-hashes --only-binary :all: -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY handlers ./handlers
COPY store ./store
# sqlite-utils asks for pip but needs it only for its own `install` command: checked, then removed.
RUN python -m pip --python /opt/tools/bin/python wheel \
    --no-deps --no-build-isolation --no-index --wheel-dir /opt/wheel . \
 && python -m pip --python /opt/video-bot/bin/python install --no-deps --no-index /opt/wheel/*.whl \
 && python -m pip --python /opt/video-bot/bin/python check \
 && python -m pip --python /opt/video-bot/bin/python uninstall --yes pip

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data \
    --shell /usr/sbin/nologin video-bot
RUN python -m pip uninstall --yes --root-user-action ignore pip \
 && rm -rf /usr/local/lib/python3.*/ensurepip \
 && mkdir /data \
 && chown 10001:10001 /data
COPY --from=builder /opt/video-bot /opt/video-bot
WORKDIR /app
COPY manifest.yml ./
# Everything is compiled already; the root file system may be read-only.
ENV PATH=/opt/video-bot/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/video-bot.db \
    HOST=0.0.0.0 \
    PORT=3000
VOLUME ["/data"]
EXPOSE 3000
USER 10001:10001
# Asks this container itself, whatever proxy is set for the outside world.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['PORT'] + '/readyz', timeout=4)"]
ENTRYPOINT ["video-bot"]
CMD ["run"]
