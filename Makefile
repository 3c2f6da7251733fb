# Every target builds .venv by itself when it is missing or older than its lock files.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
TYPES := tests/block_kit/node_modules/.package-lock.json

# The locks are complete, so pip weighs no release but theirs; `pip check` says so afterwards.
# Wheels only: a source archive would fetch build tools that no lock names.
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
EXACTLY := --no-deps --require-hashes --only-binary :all:

# A venv whose Python is gone, or is not the one that PYTHON now names, is built anew.
VERSION := -c 'import sys; print(sys.version.split()[0])' 2>/dev/null
HAS := $(shell $(BIN)/python $(VERSION))
WANTED := $(if $(filter file,$(origin PYTHON)),$(HAS),$(shell $(PYTHON) $(VERSION)))

.PHONY: setup demo test check attacks lint types bench simulate soak mutants strangers words lock docker-check clean
ifneq ($(HAS),$(or $(WANTED),none))
.PHONY: $(RUNTIME)
endif

setup: $(DEV)

# What the dev lock no longer names must go too, hence its place here once it is installed.
$(RUNTIME): requirements.lock requirements-build.lock pyproject.toml \
		$(if $(wildcard $(DEV)),requirements-dev.lock)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
		|| { echo "Python 3.11 to 3.14 is needed. Name one: make demo PYTHON=python3.13" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install $(EXACTLY) -r requirements.lock -r requirements-build.lock
	$(PIP) install --no-deps --no-build-isolation --no-index -e .
	$(PIP) check
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock tests/setup/oldest-pip.lock
	$(PIP) install $(EXACTLY) -r requirements-dev.lock
	$(PIP) check
	$(PIP) download $(EXACTLY) --dest $(VENV)/oldest-pip -r tests/setup/oldest-pip.lock
	@touch $@

demo: $(RUNTIME)
	$(BIN)/video-bot demo $(ARGS)

# Slack's own types judge what the bot sends, where npm is.
$(TYPES): tests/block_kit/package-lock.json
	cd tests/block_kit && npm ci --ignore-scripts --no-audit --no-fund --silent \
		|| { echo "npm cannot get Slack's types; without them: make test TYPES=" >&2; exit 1; }
	@touch $@

# Whoever wants no bytecode waits here for it again and again: the tests start many processes.
test: $(DEV) $(if $(shell command -v npm),$(TYPES))
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto $(ARGS)

# SIGKILL at each step of what several workspaces and replicas do: too long for every test run.
attacks: $(DEV)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --heavy $(ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)
	$(BIN)/mypy

check: $(DEV)
	$(MAKE) -j2 lint types
	$(MAKE) test ARGS="--cov --cov-report=term:skip-covered"

bench: $(DEV)
	$(BIN)/python -m tests.bench $(ARGS)

# Job lives in virtual time, a million unless told, some 80 a second on two cores: ARGS="--lives 20000",
# ARGS="--replay 7 --trace".
simulate: $(DEV)
	$(BIN)/python -m tests.simulation $(ARGS)

# Plants bugs in a copy, one after the other, and tells which test notices each.
mutants: $(DEV)
	$(BIN)/python -m tests.mutants $(ARGS)

# Two minutes of kill -9, outages and faults of every kind, then until all is settled; offline.
# ARGS="--minutes 10" for longer; ARGS=--replicas for three over PostgreSQL, ARGS="--replicas --phase stops" for
# one of its four phases.
soak: $(DEV)
	$(BIN)/python -m tests.soak $(ARGS)

# Hostile strangers before a real bot, wave after wave: how long people wait, what memory it takes.
strangers: $(DEV)
	$(BIN)/python -m tests.strangers $(ARGS)

# Runs the Dockerfile's own instructions in an empty folder: no Docker needed, about a minute.
docker-check: $(DEV)
	$(BIN)/python -m tools.docker_check

# After a change in bot/domain/texts or a .po file: brings both in step and compiles.
words: $(DEV)
	$(BIN)/python -m tools.words

# Needs uv (https://docs.astral.sh/uv/); writes exact versions and hashes, no download addresses.
UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

lock:
	$(UV_COMPILE) pyproject.toml -o requirements.lock
	$(UV_COMPILE) --group build -o requirements-build.lock
	$(UV_COMPILE) pyproject.toml --group dev -c requirements.lock -c requirements-build.lock \
		-o requirements-dev.lock
	$(UV_COMPILE) --group oldest-pip -o tests/setup/oldest-pip.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage
