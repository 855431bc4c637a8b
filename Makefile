# `make` alone shows what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA := .data/demo
PORT ?= 8137

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check format bench screenshots lock migration clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/run.stamp ## Run the bot with its sandbox: a Slack workspace in the browser
	@PORT=$(PORT) $(BIN)/invitebot demo --data $(DATA)

demo-reset: ## Start the demo over: forget everything that was done in it
	rm -rf $(DATA)

test: $(VENV)/test.stamp ## Run all tests, on SQLite and on PostgreSQL, and in the browser where Chromium is
	$(BIN)/pytest -n 2 --dist loadfile

check: $(VENV)/test.stamp ## Run all checks: format, lint, types, arrows between the rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/test.stamp ## Format the code, and mend what the linter can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/test.stamp ## Measure, as ratios against baselines of the same run
	$(BIN)/python -m tests.bench

screenshots: $(VENV)/test.stamp ## Take the pictures of the documentation anew (needs Chromium)
	BROWSER_TESTS=required SCREENSHOTS=docs/images $(BIN)/pytest tests/browser -q

lock: $(VENV)/test.stamp ## Pin the newest dependencies that pyproject.toml allows
	$(BIN)/pip install --quiet uv
	echo 'setuptools>=80' > $(VENV)/build.in
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		pyproject.toml $(VENV)/build.in --output-file .requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		--extra test --constraint .requirements/run.txt pyproject.toml $(VENV)/build.in --output-file .requirements/test.txt

migration: $(VENV)/test.stamp ## Write a migration for what changed in models/: make migration m="Say what changes"
	DATABASE_URL=sqlite:///$(VENV)/migration.db $(BIN)/alembic upgrade head
	DATABASE_URL=sqlite:///$(VENV)/migration.db $(BIN)/alembic revision --autogenerate -m "$(m)"

clean: ## Remove what was installed and made, but not the demo's state
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Pinned with hashes; the project itself is installed in place.
$(VENV)/run.stamp: .requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.stamp: .requirements/test.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .requirements/test.txt
	@touch $@
