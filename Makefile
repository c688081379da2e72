# Three commands a contributor needs: make check, make test, make run. Everything else is in make help.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: run test check bench peers soak install uninstall lock help

PYTHON ?= python3
UV ?= uv
PEERS ?= .venv-peers
PACKAGES := bot engine strategies training storage
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q
COMPILE := $(UV) pip compile -q --universal --fork-strategy fewest --python-version 3.11 --no-build \
	--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

# A stamp is named after the lock's content and the checkout's path, and is written last: a changed
# lock, a moved checkout and an interrupted build all lack theirs. The dev environment holds
# everything `run` needs, so its stamp serves for both.
key = $(shell { cat $(1) 2>/dev/null; pwd; } | cksum | tr -d ' ')
RUN_STAMP := .venv/.run-$(call key,requirements.lock)
DEV_STAMP := .venv/.dev-$(call key,requirements.lock requirements-dev.lock requirements-source.lock)
RUN_READY := $(firstword $(wildcard $(DEV_STAMP) $(RUN_STAMP)) $(RUN_STAMP))

# The interpreter behind the environment may have gone with a system upgrade.
$(shell $(BIN)/python -c '' 2>/dev/null || rm -f .venv/.run-* .venv/.dev-*)

define require_python
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "Pasu needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
endef

install_locked = $(PIP) install --require-hashes --only-binary :all: -r $(1)

define finish_environment
@$(PIP) install --no-deps --no-build-isolation -e .
@touch $@
endef

$(RUN_STAMP):
	$(require_python)
	@echo "Building .venv from requirements.lock (about a minute, once) ..." >&2
	@$(PYTHON) -m venv --clear .venv
	@$(call install_locked,requirements.lock)
	$(finish_environment)

$(DEV_STAMP):
	$(require_python)
	@echo "Building .venv from requirements-dev.lock (about a minute, once) ..." >&2
	@test -e $(RUN_STAMP) || $(PYTHON) -m venv --clear .venv
	@$(call install_locked,requirements-dev.lock)
	@$(PIP) install --require-hashes --no-deps --no-build-isolation -r requirements-source.lock
	$(finish_environment)

run: $(RUN_READY) ## start the engine on paper and the chat in this terminal
	@sh systemd/run-local.sh

test: $(DEV_STAMP) ## install everything and pass all tests
	@$(BIN)/python -m pytest -q -n 2 -m 'not slow' --durations=10

check: $(DEV_STAMP) ## format, lint, types, import rules, shape
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy --strict $(PACKAGES)
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/shape

bench: $(DEV_STAMP) ## benchmarks against peers, as a table
	@$(BIN)/python -m tests.bench --peers $(PEERS)/bin/python

peers: ## install the peers of bench into .venv-peers (1 GB)
	$(require_python)
	@$(PYTHON) -m venv $(PEERS)
	@sed -n 's/^bench = \[\(.*\)\]/\1/p' pyproject.toml | tr -d '" ' | tr ',' '\n' > $(PEERS)/peers.txt
	@$(PEERS)/bin/python -m pip --disable-pip-version-check --no-input -q install -r $(PEERS)/peers.txt

soak: $(DEV_STAMP) ## the slow tests, then kills without end (PASU_SOAK_MINUTES=30)
	@$(BIN)/python -m pytest -q -n 2 -m slow
	@$(BIN)/python -m tests.soak

install: ## put Pasu on this host as systemd services, or bring it up to date (as root)
	@PYTHON=$(PYTHON) sh systemd/install.sh

uninstall: ## take the services and the code off this host; settings, keys and books stay (as root)
	@sh systemd/uninstall.sh

lock: ## solve the lock files again; UPGRADE=1 takes newer versions (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv; name it: make UV=/path/to/uv lock" >&2; exit 1; }
	@$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra build --extra research --extra dev -o requirements-dev.lock
	@$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra build -c requirements-dev.lock -o requirements.lock
	@$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra build --extra train -c requirements-dev.lock -o requirements-train.lock
	@sed -n 's/^source = \["\(.*\)"\]/\1/p' pyproject.toml | $(filter-out --no-build,$(COMPILE)) --no-deps - -o requirements-source.lock

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'
