# Two commands do all the set-up: `make run` and `make test`. `make check` is the whole loop.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run test check lint types floors bench pictures clean

# On a terminal the explorer; without one three meta-iterations on learning parity with noise, for
# which the auto gate decides, with a table and the lineage at the end.
run: $(READY)
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/stop-tui; \
	else $(BIN)/stop-tui run --iterations 3 --gate auto; fi

test: $(READY)
	@$(BIN)/pytest -n 2

check: lint types floors test

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

floors: $(READY)
	@$(BIN)/lint-imports

bench: $(READY)
	@$(BIN)/python -m bench

# Keeps what the screens look like now, for the tests and for the README. Look at them first.
pictures: $(READY)
	@$(BIN)/pytest -n 2 tests/tui/test_pictures.py --snapshot-update
	@for screen in run review lineage; do \
	sed '/@font-face/,/}/d' "tests/tui/__snapshots__/test_pictures/test_looks_as_it_did[$$screen-140x40-dark].svg" \
	> docs/pictures/$$screen.svg; done

clean:
	rm -rf .venv

# Installed once; again only when the dependencies or the version of the package change.
$(READY): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1,<27"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@
