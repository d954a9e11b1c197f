# Every target brings its own environment: `make demo` or `make test` may be the first command
# after a clone. Needed beforehand: make, and Python 3.11 or newer.

.DEFAULT_GOAL := help
.PHONY: help demo test faults simulate bench scale peer check fix docs models lock lambda stack
.PHONY: deploy-test shards build clean

VENV  := .venv
BIN   := $(VENV)/bin
UV    := $(BIN)/uv
LOCK  := requirements-dev.lock
READY := $(VENV)/.ready
PEER  := .venv-peer
C7N   := 0.9.53
STACK := .venv-ministack
MINISTACK := 1.5.33

# The newest Python that will do; another one: make PYTHON=/path/to/python3
SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$p -c '$(SUITABLE)' >/dev/null 2>&1 && { echo $$p; break; }; done)

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## Watch the janitor at work on a sample account; no AWS needed
	@$(BIN)/janitor demo

test: $(READY) ## Run all tests; narrower: make test ARGS="-k lifecycle"
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

faults: $(READY) ## Run into a fault at every call of a life; one life: make faults ARGS="--only 'due:*'"
	@$(BIN)/python -m tests.faults $(ARGS)

simulate: $(READY) ## Live a year in some minutes; one again: make simulate ARGS="--seed 7 --seeds 1"
	@$(BIN)/python -m tests.simulation $(ARGS)

bench: $(READY) ## Measure plans beside the peer; in two minutes: make bench ARGS="--quick"
	@$(BIN)/python -m bench $(ARGS)

scale: $(READY) ## Measure plans of 20,000 customers; quick: make scale ARGS="--customers 2000"
	@$(BIN)/python -m bench.customers $(ARGS)

peer: $(PEER)/.ready-$(C7N) ## Install the peer beside which make bench measures

check: $(READY) ## Look for faults of style and type
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

fix: $(READY) ## Mend what of that can be mended by itself
	@$(BIN)/ruff check --fix --show-fixes
	@$(BIN)/ruff format

docs: $(READY) ## Write the pages and the files of deploy/ that commands and kinds tell of themselves
	@$(BIN)/python docs/commands.py
	@$(BIN)/python docs/kinds.py
	@$(BIN)/python deploy/write.py
	@$(BIN)/python docs/prices.py

models: $(READY) ## Write the trimmed models of AWS services that ship with the package
	@$(BIN)/python models/trim.py

lock: $(UV) ## Lock what pyproject.toml asks for; all newest: make lock UPGRADE=--upgrade
	@$(UV) pip compile pyproject.toml --group dev \
		--extra cli --extra customers --extra demo --extra gitlab --extra lambda --extra report --extra slack \
		--universal --python-version 3.11 --generate-hashes $(UPGRADE) \
		--no-header --no-emit-index-url --no-emit-find-links \
		--quiet --output-file $(LOCK)
	@! grep -n '://' $(LOCK) || { echo 'make: $(LOCK) names a host' >&2; exit 1; }

lambda: $(READY) ## Build the zips for AWS Lambda into dist/; one: make lambda ARGS="--arch arm64"
	@$(BIN)/python deploy/lambda_zip.py $(ARGS)

stack: $(STACK)/.ready-$(MINISTACK) ## Install the AWS on this machine that make deploy-test needs

deploy-test: $(READY) $(STACK)/.ready-$(MINISTACK) ## Deploy the template into an AWS on this machine, and see it work
	@$(BIN)/python -m tests.deployed $(STACK)/bin/python

shards: $(READY) ## Run 40 accounts of 17 regions through the state machine; fewer: make shards ARGS="--accounts 4"
	@$(BIN)/python -m tests.sharded $(ARGS)

build: $(READY) ## Build the wheel and the source archive into dist/
	@$(BIN)/python -m hatchling build

clean: ## Remove everything that was made
	rm -rf $(VENV) $(PEER) $(STACK) dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# uv comes through pip, and all else through uv: only what the lock names, by its hash.
$(UV):
	@"$(PYTHON)" -c '$(SUITABLE)' 2>/dev/null || { \
		echo 'Python 3.11 or newer is needed, with venv: make PYTHON=/path/to/python3' >&2; exit 1; }
	@echo 'Setting up $(VENV), once; it takes less than a minute ...'
	@$(PYTHON) -m venv --clear $(VENV)
	@awk '/^[a-z]/ { own = /^uv==/ } own' $(LOCK) > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock

# The package itself is built with the locked hatchling, so that nothing unlocked is fetched.
# Bytecode at once: where Python may write none, every start of a command would compile it all.
$(READY): $(LOCK) pyproject.toml | $(UV)
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes $(LOCK)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# Nor is the AWS on this machine, which wants another botocore. Functions in it find this boto3.
$(STACK)/.ready-$(MINISTACK): | $(UV)
	@$(UV) venv --quiet --clear --python $(BIN)/python $(STACK)
	@$(UV) pip install --quiet --python $(STACK)/bin/python ministack==$(MINISTACK) boto3
	@touch $@

# The peer is no dependency: it has its own environment, and only make bench knows of it.
$(PEER)/.ready-$(C7N): | $(UV)
	@$(UV) venv --quiet --clear --python $(BIN)/python $(PEER)
	@$(UV) pip install --quiet --python $(PEER)/bin/python c7n==$(C7N)
	@touch $@
