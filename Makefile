# Everything starts here: `make run` for the site, `make test` for the tests, `make check` for what keeps the code in shape.
# Each target does its own set-up; nothing but Python 3.11, make and a C compiler is expected on the machine.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps

.DEFAULT_GOAL := help
.PHONY: help run install local test mutants leaks fuzz faults accept load check sbom audit format requirements schema screenshots browser clean-data

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(STAMPS)/offline ## the whole arena: database, broker, prompts, workers, site
	@exec $(BIN)/python manage.py arena

install: $(STAMPS)/offline ## the site's programs, for a server (docs/install.md); starts nothing

local: $(STAMPS)/local ## add what systems with weights on this machine need: torch and transformers

test: $(STAMPS)/dev $(STAMPS)/torch browser ## every test (PostgreSQL, Redis, a worker and a browser are the real ones)
	@$(BIN)/python -m pytest $(or $(ARGS),--numprocesses auto --quiet)

mutants: $(STAMPS)/dev ## 100,000 broken audio files through the way in (a quarter of an hour; ARGS="--files 1000")
	@$(BIN)/python -m benchmarks.mutants $(ARGS)

leaks: $(STAMPS)/dev browser ## the leak suite at its full size: crawl, clips, classifiers, ties, fishing (an hour)
	@LEAKS=full $(BIN)/python -m pytest -s tests/judging/test_blindness.py tests/judging/test_leaks.py tests/judging/test_own_systems.py tests/judging/test_fishing.py tests/e2e/test_blind.py $(ARGS)

fuzz: $(STAMPS)/dev ## the whole API under 20,000 generated requests as four principals (ARGS="--cases 2000 --only ada")
	@$(BIN)/python -m benchmarks.fuzz $(ARGS)

faults: $(STAMPS)/dev ## break a whole arena for two hours and see that nothing is lost (ARGS="r1 --seed 2": one program)
	@$(BIN)/python -m benchmarks.faults $(or $(ARGS),all)

accept: $(STAMPS)/dev ## ask a system with its real weights or keys for 15 prompts, twice (SYSTEM=moshika)
	@$(BIN)/python -m benchmarks.accept $(SYSTEM) $(ARGS)

load: $(STAMPS)/dev ## the site under load, one goal after the other (ARGS="l1 --seconds 30": one of them)
	@$(BIN)/python -m benchmarks.load $(or $(ARGS),all)

sbom: $(STAMPS)/offline ## write sbom.json: all that the site is made of, as CycloneDX
	@$(BIN)/python scripts/sbom > sbom.json && echo "sbom.json"

audit: $(STAMPS)/uv ## ask whether a vulnerability is known of what the site is made of (needs the network)
	@$(BIN)/uv tool run pip-audit --requirement requirements/offline.txt --require-hashes --disable-pip

check: $(STAMPS)/dev ## format, lint, types, import contracts, migrations, API schema
	@bash scripts/check

format: $(STAMPS)/dev ## rewrite the code in the house format
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format . ; $(BIN)/djangofmt templates

schema: $(STAMPS)/dev ## write docs/openapi.yaml anew
	@$(BIN)/python manage.py spectacular --file docs/openapi.yaml --fail-on-warn --validate

screenshots: $(STAMPS)/dev browser ## take the pictures in docs/images anew
	@$(BIN)/python -m pytest --quiet tests/e2e/pictures.py

browser: ## see that the tests find the programs they drive: Chromium, GNU gettext, nginx
	@sh scripts/programs

requirements: $(STAMPS)/uv ## compile the hashed requirements anew (ARGS=--upgrade for newer versions)
	@cd requirements && for job in "uv.txt uv.in" "base.txt ../pyproject.toml" "offline.txt ../pyproject.toml --extra offline --extra compiled" \
	  "s3.txt ../pyproject.toml --extra offline --extra compiled --extra s3" \
	  "local.txt ../pyproject.toml --extra offline --extra compiled --extra local" \
	  "dev.txt ../pyproject.toml --extra offline --extra compiled --extra local --extra s3 --group ../pyproject.toml:dev"; do set -- $$job; out=$$1; shift; \
	  ../$(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url $(ARGS) \
	    --custom-compile-command "make requirements" $$@ --output-file $$out || exit 1; done

clean-data: ## forget everything the local arena holds (asks first)
	@printf 'This deletes var/ with all prompts, answers and votes. Type yes: ' && read answer && [ "$$answer" = yes ] && rm -rf var

# A stamp is made anew when its requirements change. Set-up is shown, since the first time takes a while.
$(STAMPS)/venv:
	@sh scripts/venv "$(PYTHON)" "$(VENV)"
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/uv: requirements/uv.txt | $(STAMPS)/venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/uv.txt
	@touch $@

$(STAMPS)/offline: requirements/offline.txt $(STAMPS)/uv
	@echo "Installing the site and the offline systems (the first time only) ..."
	@sh scripts/install $(BIN) requirements/offline.txt
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/uv
	@echo "Installing the site and its tools (the first time only) ..."
	@sh scripts/install $(BIN) requirements/dev.txt
	@touch $@

$(STAMPS)/local: requirements/local.txt $(STAMPS)/uv $(STAMPS)/torch
	@echo "Installing transformers ..."
	@sh scripts/install $(BIN) requirements/local.txt
	@touch $@

$(STAMPS)/torch: scripts/torch $(STAMPS)/uv
	@echo "Installing torch (the first time only) ..."
	@sh scripts/torch $(BIN)
	@touch $@
