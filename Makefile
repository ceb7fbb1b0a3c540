# Everything a person needs: make run, make test, make lint. Only Python, pip and make must be there.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
WORKERS ?= 2

.PHONY: run test test-long lint bench bench-start golden docs clean

run: $(VENV)/.installed
	$(BIN)/backtest run configs/satellite10.yaml

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n $(WORKERS) -m "not long"

test-long: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-test
	$(BIN)/python benchmarks/sweep.py --docs

bench-start: $(VENV)/.installed
	$(BIN)/python benchmarks/start.py --docs

golden: $(VENV)/.installed-test
	$(BIN)/python tests/golden/make_golden.py

docs: $(VENV)/.installed-test
	$(BIN)/python docs/make_docs.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q -e ".[test,dev,cluster]"
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist *.egg-info
