# Everything a person needs: make run, make test, make lint. Only Python, pip and make must be there.
PYTHON ?= python3
VENV   := .venv
ifeq ($(OS),Windows_NT)
BIN    := $(VENV)/Scripts
else
BIN    := $(VENV)/bin
endif
WORKERS ?= 2
INPUTS ?= 200000
PLAIN := tests/unit/test_rules_examples_yaml.py $(addprefix tests/property/,\
         test_kernel_oracle.py test_metamorphic.py test_cuts.py test_takings.py test_transfer_lives.py \
         test_tokyo_lives.py test_known_in_tokyo.py) \
         $(addprefix tests/unit/, test_futures.py test_ledger_invariants.py)

.PHONY: run test test-long fuzz coverage audit-deps lint serve bench bench-start bench-cluster sizes golden docs site pictures answers catalogues clean

run: $(VENV)/.installed
	$(BIN)/backtest run configs/satellite10.yaml

# The live page, on this machine alone; Ctrl-C ends it.
serve: $(VENV)/.installed-web
	$(BIN)/backtest serve configs/satellite10.yaml

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not long"

test-long: $(VENV)/.installed-test
	BACKTEST_RANDOM=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# atheris has no wheel for every Python: without it good files are torn apart at random.
fuzz: $(VENV)/.installed-test
	-$(BIN)/python -m pip install -q atheris
	$(BIN)/python -m tests.fuzz.fuzz yaml --inputs $(INPUTS)
	$(BIN)/python -m tests.fuzz.fuzz study --inputs $(INPUTS)
	$(BIN)/python -m tests.fuzz.fuzz csv --inputs $(INPUTS)
	$(BIN)/python -m tests.web.fuzz --inputs 100000

# Compiled code cannot be watched: the second round lives in plain Python.
coverage: $(VENV)/.installed-test
	rm -f .coverage*
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist worksteal -m "not long"
	BACKTEST_LIVES=60 $(BIN)/coverage run -m pytest -n $(WORKERS) -p tests.plain -m "not long" $(PLAIN)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report
	$(BIN)/coverage json -q -o $(VENV)/coverage.json
	$(BIN)/python -m tests.branches $(VENV)/coverage.json 95

# Fails for a package with a known weakness, and for one that could not be looked up.
audit-deps: $(VENV)/.installed-test
	$(BIN)/python -m pip freeze --exclude-editable > $(VENV)/audited.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip -r $(VENV)/audited.txt

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-test
	$(BIN)/python benchmarks/sweep.py --docs

bench-start: $(VENV)/.installed
	$(BIN)/python benchmarks/start.py --docs

# What an installation takes on the disk, and its slowest imports.
sizes: $(VENV)/.installed
	$(BIN)/python benchmarks/size.py

bench-cluster: $(VENV)/.installed-test
	$(BIN)/python benchmarks/cluster.py --docs

golden: $(VENV)/.installed-test
	$(BIN)/python tests/golden/make_golden.py

docs: $(VENV)/.installed-test
	$(BIN)/python docs/make_docs.py

# The documents and the reference of the Python interface as pages, without the network: build/site/index.html.
site: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build -q

# The pictures of the documents, of pages on the embedded sample; needs chromium and chromedriver. Takes minutes.
pictures: $(VENV)/.installed-test
	$(BIN)/python scripts/make_pictures.py

# Every question of the shipped files and what its page says first: to be read, row by row.
answers: $(VENV)/.installed-test
	@$(BIN)/python scripts/list_answers.py

catalogues: $(VENV)/.installed-test
	$(BIN)/python scripts/make_catalogues.py

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/.installed-web: pyproject.toml | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install -q -e ".[web]"
	touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: pyproject.toml | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install -q -e ".[docs]"
	touch $@ $(VENV)/.installed

$(VENV)/.installed-test: pyproject.toml | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install -q -e ".[test,dev,cluster]"
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist *.egg-info
