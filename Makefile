# The only commands a newcomer needs. `make help` lists them.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
TIER ?= small
# Where pip finds torch; empty means its usual index. README says when to set it.
TORCH_INDEX ?=
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help site test serve check lint bench clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

site: $(READY) ## run every page, render, check, and say where the site is
	$(BIN)/python -m udlbook_site build --tier $(TIER)

test: $(READY) ## run all tests; those in the browser need a built site and Chromium
	$(BIN)/python -m pytest -n auto

serve: $(READY) ## show the site on localhost:8000 (PORT=...)
	$(BIN)/python -m udlbook_site serve --port $(PORT)

check: $(READY) ## check the built site: links, pictures' texts, formulas, requests
	$(BIN)/python -m udlbook_site check

lint: $(READY) ## check the code's form
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

bench: $(READY) ## print the benchmarks, as ratios
	for f in benchmarks/*.py; do $(BIN)/python $$f || exit 1; done

clean: $(READY) ## remove the built site; what was run stays stored
	$(BIN)/python -m udlbook_site clean

$(READY): requirements/torch.txt requirements/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) -r requirements/torch.txt
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements/lock.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
