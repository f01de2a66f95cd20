# Habits of the project. `make` alone lists them.
PYTHON ?= python3
STACK ?= dev
ARGS ?=

RUN := .venv/bin/python
LOCKED := requirements-dev.txt pipeline_def/requirements.txt lambdas/notifier/requirements.txt
LOCAL_CLOUD := localcloud/tests/services localcloud/tests/provider localcloud/tests/language_host localcloud/tests/test_standalone.py
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --only-binary :all: --generate-hashes --custom-compile-command "make lock"

.DEFAULT_GOAL := help

# Where it is set for the whole machine, every process would compile the project again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## make .venv and get the Pulumi CLI; does nothing when nothing changed
	@$(PYTHON) -m tools.setup

.PHONY: demo
demo: setup ## run everything on this machine, without an AWS account
	@$(RUN) -m demo $(ARGS)

.PHONY: test
test: setup ## run all tests: first the fast ones, then those on the local cloud
	$(RUN) -m pytest tests/unit localcloud/tests/unit -n 2 $(ARGS)
	LOCALCLOUD_PULUMI="$$($(RUN) -m tools.pulumi --path)" $(RUN) -m pytest $(LOCAL_CLOUD) -n 2 --dist loadfile $(ARGS)
	$(RUN) -m pytest tests/stack -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: test-unit
test-unit: setup ## run the project's fast tests
	HYPOTHESIS_PROFILE=quick $(RUN) -m pytest tests/unit -m "not slow and not local" -n 2 $(ARGS)

.PHONY: lint
lint: setup ## check the code: ruff and strict types
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m basedpyright

.PHONY: format
format: setup ## format the code and fix what can be fixed safely
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

.PHONY: docs
docs: setup ## write the pages of docs/ that are made from the code
	@$(RUN) -m tools.configuration_reference

.PHONY: lock
lock: setup ## pin every package again, with hashes, from the requirements files
	$(COMPILE) --output-file requirements.lock $(LOCKED)
	$(COMPILE) --constraint requirements.lock --output-file delivery/requirements.txt requirements.txt
	$(COMPILE) --constraint requirements.lock --output-file pipeline_def/requirements.lock pipeline_def/requirements.txt
	$(COMPILE) --output-file tools/pulumi-cli/go-toolchain.txt tools/pulumi-cli/go-toolchain.in
	$(COMPILE) --output-file tools/security/requirements.lock tools/security/requirements.txt
	$(COMPILE) --output-file bench/cdk/requirements.lock bench/cdk/requirements.txt
	for folder in tools/security/cdk_nag bench/cdk; do \
		(cd $$folder && npm install --package-lock-only --ignore-scripts --no-audit --no-fund) || exit 1; done

.PHONY: checksums
checksums: setup ## record the SHA-256 of the Pulumi CLI and plugins that the requirements pin
	@$(RUN) -m tools.checksums $(ARGS)

.PHONY: runtimes
runtimes: setup ## record until when AWS supports each Lambda runtime, from the pinned cfn-lint
	@$(RUN) -m tools.lambda_runtimes

.PHONY: security
security: setup ## let checkov, cdk-nag and others judge what is declared; a deployed stack: make security STACK=dev
	@$(RUN) -m tools.security $(if $(filter command line environment,$(origin STACK)),--stack $(STACK)) $(ARGS)

.PHONY: sbom
sbom: setup ## write what the project is made of as CycloneDX: .local/sbom.cdx.json
	@$(RUN) -m tools.sbom $(ARGS)

.PHONY: bootstrap
bootstrap: setup ## make what an environment needs first: make bootstrap STACK=dev ARGS=--dry-run
	@$(RUN) -m bootstrap --stack $(STACK) $(ARGS)

.PHONY: doctor
doctor: setup ## say what an account lacks before the first `make up`, with the remedies: make doctor STACK=dev
	@$(RUN) -m doctor --stack $(STACK) $(ARGS)

.PHONY: preview
preview: setup ## show what `make up` would change: make preview STACK=dev
	@$(RUN) -m tools.pulumi preview --stack $(STACK) $(ARGS)

.PHONY: up
up: setup ## deploy a stack on AWS, with your credentials: make up STACK=dev
	@$(RUN) -m tools.pulumi up --stack $(STACK) $(ARGS)

.PHONY: down
down: setup ## destroy a stack on AWS, with your credentials: make down STACK=dev
	@$(RUN) -m tools.pulumi destroy --stack $(STACK) $(ARGS)

.PHONY: verify
verify: setup ## check that a deployed stack works, with your credentials: make verify STACK=dev
	@STACK=$(STACK) $(RUN) -m delivery.verify

.PHONY: acceptance
acceptance: setup ## run the whole scenario in a sandbox account, and destroy it: make acceptance STACK=sandbox
	@$(RUN) -m acceptance --stack $(STACK) $(ARGS)

.PHONY: local-up
local-up: setup ## start the local cloud and print the environment for it
	@$(RUN) -m demo.local_cloud up $(ARGS)

.PHONY: local-down
local-down: setup ## stop the local cloud and everything in it
	@$(RUN) -m demo.local_cloud down $(ARGS)

.PHONY: local-env
local-env: setup ## print the environment of the running local cloud, for eval
	@$(RUN) -m demo.local_cloud env $(ARGS)

.PHONY: bench
bench: setup ## measure previews, notifier, definition and KPI queries as ratios: docs/performance.md
	@$(RUN) -m bench $(ARGS)

.PHONY: chaos
chaos: setup ## kill, throttle and repeat on purpose, on local clouds: make chaos ARGS="--seed 7"
	@$(RUN) -m chaos $(ARGS)

.PHONY: clean
clean: ## stop the local cloud and remove what was made here; the cache outside of the clone stays
	@if [ -x $(RUN) ] && [ -d .local ]; then $(RUN) -m demo.local_cloud down; fi
	rm -rf .venv .local .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
