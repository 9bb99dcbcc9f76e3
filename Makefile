# The only commands a newcomer needs, then those of a release. `make help` lists them.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
# What the pages run with; a release runs with `full` and `cuda`.
TIER ?= small
DEVICE ?= auto
# Where pip finds torch; empty means its usual index. README says when to set it.
TORCH_INDEX ?=
# A release: the file of executed pages, the folder of editions, and the packed earlier ones.
BUNDLE ?= _build/runs.zip
SITE ?= _build/html
TO ?= _build/editions
EARLIER ?= _build/earlier
# Takes the network away from what follows.
OFFLINE ?= unshare --map-current-user --net
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PRESS := $(BIN)/python -m udlbook_site
SETTINGS = --tier $(TIER) --device $(DEVICE)
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help site test serve check lint bench clean ci newest reproducible \
  release-run release-site deploy release-pack

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

site: $(READY) ## run every page, render, check, and say where the site is
	$(PRESS) build $(SETTINGS)

test: $(READY) ## run all tests; those in the browser need a built site and Chromium
	$(BIN)/python -m pytest -n auto

serve: $(READY) ## show the site on localhost:8000 (PORT=...)
	$(PRESS) serve --port $(PORT)

check: $(READY) ## check the built site: links, pictures' texts, formulas, requests
	$(PRESS) check

lint: $(READY) ## check the form of the code, and that the workflows are safe
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/zizmor --quiet --offline --strict-collection --persona auditor .github

bench: $(READY) ## print the benchmarks, as ratios
	for f in benchmarks/*.py; do $(BIN)/python $$f || exit 1; done

clean: $(READY) ## remove the built site; what was run stays stored
	$(PRESS) clean

ci: ## all that must pass before a change lands, from a bare machine
	.ci/run

reproducible: $(READY) ## build the last commit twice, in different surroundings, and compare
	$(BIN)/python -m tests.site.twice

newest: ## site and tests on the newest versions of everything but torch
	$(PYTHON) -m venv --clear $(VENV)-newest
	$(VENV)-newest/bin/pip install --quiet $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) \
	  -r requirements/torch.txt
	$(VENV)-newest/bin/pip install --quiet --upgrade --constraint requirements/torch.txt \
	  --editable '.[site,test,distributed]'
	$(VENV)-newest/bin/pip list
	touch $(VENV)-newest/.ready
	$(MAKE) VENV=$(VENV)-newest site
	$(MAKE) VENV=$(VENV)-newest test

release-%: TIER = full
release-%: DEVICE = cuda

release-run: $(READY) ## run every page again, without a network, into the file BUNDLE
	$(OFFLINE) $(BIN)/python -c 'import torch; torch.zeros(1, device="$(DEVICE)")'
	$(OFFLINE) $(PRESS) run --force $(SETTINGS)
	$(PRESS) store bundle $(BUNDLE) $(SETTINGS)
	@echo "sha256=$$(sha256sum < $(BUNDLE) | cut -d' ' -f1)" | tee -a "$${GITHUB_OUTPUT:-/dev/null}"

release-site: $(READY) ## render and check what BUNDLE holds, if its hash is SHA256; run no page
	@printf '%s  %s\n' "$$SHA256" $(BUNDLE) | sha256sum --check --strict
	$(PRESS) store merge $(BUNDLE)
	$(PRESS) render $(SETTINGS)
	$(PRESS) check

deploy: $(READY) ## place SITE in the folder TO as edition VERSION (v1.2) and as latest
	$(PRESS) deploy --site $(SITE) $(TO) "$$VERSION"

release-pack: $(READY) ## deploy beside the packed editions in EARLIER, and pack all for the web server
	mkdir -p $(TO)
	for f in $(wildcard $(EARLIER)/*.tar.gz); do tar -xzf $$f -C $(TO) || exit 1; done
	$(MAKE) deploy
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
	  -C $(TO) -czf _build/udlbook-"$$VERSION".tar.gz "$$VERSION"
	tar --dereference --hard-dereference -C $(TO) -cf _build/artifact.tar .

$(READY): requirements/torch.txt requirements/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) -r requirements/torch.txt
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements/lock.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
