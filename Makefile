# make run: set up what is missing, then open the app.   make test: the same, then the tests.

PYTHON ?= python3
BIN := .venv/bin
FILE ?=

.PHONY: run test docs report dist fuzz test-routers test-browser test-real lint check bench picture ready-made schemas messages clean

run: .venv/.ready
	@$(BIN)/modelpick $(FILE)

# Twice as many processes as a small machine has cores: stories of the app mostly wait.
test: .venv/.ready-dev
	$(BIN)/python -m pytest -q -n 4 --dist worksteal $(ARGS)

# 3,000 damaged files of every kind, another SEED, other files; and all random cases against an independent solver.
# `make test` has a few of each kind.
CASES ?= 3000
SEED ?= 1
fuzz: .venv/.ready-dev
	MODELPICK_FUZZ=$(CASES) MODELPICK_FUZZ_SEED=$(SEED) $(BIN)/python -m pytest -q -n 2 tests/fuzz tests/oracle tests/routers/test_fuzz.py \
		$(shell grep -lE "suite_cases|MODELPICK_FUZZ" tests/engine/*.py) $(ARGS)

# The real LiteLLM and claude-code-router on loopback; installed in a folder of their own, outside .venv.
ROUTERS ?= $(HOME)/.cache/modelpick-routers
test-routers: .venv/.ready-dev
	tests/routers/install.sh "$(ROUTERS)"
	@$(MAKE) test-real ROUTERS="$(ROUTERS)"

# As above, with those that are installed already; a file's tests share the routers that they start.
test-real: .venv/.ready-dev
	MODELPICK_ROUTERS="$(ROUTERS)" $(BIN)/python -m pytest -q -rs -n 2 --dist loadfile $(ARGS) tests/routers/test_real_*.py

# The app in headless Chromium; without one the test is skipped (Debian: apt install chromium).
test-browser: .venv/.ready-dev
	$(BIN)/python -m pytest -q -rs $(ARGS) tests/tui/test_serve.py

lint: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p modelpick -p tests
	$(BIN)/lint-imports --no-cache

check: lint test

bench: .venv/.ready-bench
	$(BIN)/python -m benchmarks $(ARGS)

# The README's pictures are frames that the snapshot tests compare: drawn anew, then copied.
FRAMES := tests/tui/__snapshots__/test_snapshots
picture: .venv/.ready-dev
	$(BIN)/python -m pytest -q tests/tui/test_snapshots.py -k test_readme --snapshot-update
	for name in workbench frontier browser; do cp "$(FRAMES)/test_readme[$$name].svg" docs/$$name.svg; done

# The ready-made routing's plan, which the app shows before the solver is up, and its line in docs/python.md: tests
# compare both with the solver's.
READY_MADE := engine/adapters/ready_made
ready-made: .venv/.ready
	XDG_CONFIG_HOME=/nonexistent $(BIN)/modelpick solve $(READY_MADE).toml -o $(READY_MADE)_plan.toml >/dev/null
	$(BIN)/python -c "import modelpick, re, pathlib; page = pathlib.Path('docs/python.md'); text = page.read_text('utf-8'); \
		page.write_text(re.sub('<Plan optimal: .*>', repr(modelpick.solve('$(READY_MADE).toml', 'catalog.toml')), text), 'utf-8')"

# The report's messages: new ones come into the Japanese catalogue untranslated, and a test fails until they are not.
FOUNDING := engine/adapters/report/founding
messages: .venv/.ready-dev
	cd $(FOUNDING) && $(CURDIR)/$(BIN)/pybabel -q extract -F babel.cfg --no-location --no-wrap -o report.pot .
	$(BIN)/pybabel -q update -D report -l ja -i $(FOUNDING)/report.pot -d $(FOUNDING)/locales --no-wrap --no-fuzzy-matching --ignore-obsolete
	rm $(FOUNDING)/report.pot

# What .taplo.toml points editors to; a test compares them with the values.
schemas: .venv/.ready
	$(BIN)/modelpick schema routing -o docs/routing.schema.json
	$(BIN)/modelpick schema catalog -o docs/catalog.schema.json

# The site of the documentation, in build/site; its reference is written anew from the commands and the schemas.
docs: .venv/.ready-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "build/site/index.html"

# The report of FILE (or of the ready-made routing) as one page, in LANG_ en or ja.
LANG_ ?= en
report: .venv/.ready
	@mkdir -p build
	$(BIN)/modelpick report $(FILE) --format html --lang $(LANG_) -o build/report.html

# Wheel and sdist, looked at, and run from the wheel in an environment of its own.
dist: .venv/.ready-docs
	rm -rf dist && $(BIN)/python -m build --quiet && $(BIN)/twine check --strict dist/*
	rm -rf build/try && $(PYTHON) -m venv build/try && build/try/bin/pip install -q --disable-pip-version-check dist/*.whl
	cd build && try/bin/modelpick --version && try/bin/modelpick solve >/dev/null && try/bin/modelpick help solve >/dev/null

clean:
	rm -rf .venv build dist modelpick.egg-info .mypy_cache .ruff_cache .pytest_cache

# The stamps are made again when pyproject.toml changes, and the dependencies with them.
.venv/.ready: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

.venv/.ready-dev: pyproject.toml | .venv/bin/python
	@# --no-compile: Python compiles what the tests import, a small part of what is installed.
	$(BIN)/python -m pip install -q --no-compile --disable-pip-version-check -e '.[dev]'
	@# mypy does not follow an editable install whose package is the root: give it a link of that name.
	@mkdir -p .venv/src && ln -sfn ../.. .venv/src/modelpick
	@touch .venv/.ready $@

.venv/.ready-docs: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[docs]'
	@touch .venv/.ready $@

.venv/.ready-bench: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[bench]'
	@touch .venv/.ready $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "modelpick needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
