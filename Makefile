# Every target builds .venv by itself when it is missing or older than its lock file.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.PHONY: setup demo test check lint types bench simulate soak mutants words lock docker-check clean

setup: $(STAMP)

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP)
	$(BIN)/video-bot demo $(ARGS)

test: $(STAMP)
	$(BIN)/python -m pytest $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

check: lint types
	MAKE_CHECK=1 $(MAKE) test ARGS="--cov --cov-report=term:skip-covered"

bench: $(STAMP)
	$(BIN)/python -m tests.bench $(ARGS)

# A million job lives in virtual time, an hour or two on two cores; ARGS="--replay 7 --trace".
simulate: $(STAMP)
	$(BIN)/python -m tests.simulation $(ARGS)

# Plants bugs in a copy, one after the other, and tells which test notices each.
mutants: $(STAMP)
	$(BIN)/python -m tests.mutants $(ARGS)

# Two minutes of kill -9 and faults of every kind, then until all is settled; offline.
soak: $(STAMP)
	$(BIN)/python -m tests.soak $(ARGS)

# Runs the Dockerfile's own instructions in an empty folder: no Docker needed, about a minute.
docker-check: $(STAMP)
	$(BIN)/python -m tools.docker_check

# After a change in bot/domain/texts.py or a .po file: brings both in step and compiles.
words: $(STAMP)
	$(BIN)/python -m tools.words

# Needs uv (https://docs.astral.sh/uv/); writes exact versions and hashes, no download addresses.
UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock" pyproject.toml

lock:
	$(UV_COMPILE) -o requirements.lock
	$(UV_COMPILE) --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage
