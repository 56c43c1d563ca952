# `make demo` and `make test` work on a fresh machine with Python >= 3.11, a C++ compiler (for the tests) and make.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# Modules are compiled once, also where an image of a container says otherwise: tests start thousands of processes.
export PYTHONDONTWRITEBYTECODE :=
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CORES ?= all
QGIS_PYTHON ?= /usr/bin/python3
SMK := $(wildcard Snakefile workflow/Snakefile workflow/rules/*.smk)

.PHONY: help install demo test test-fast packages test-browser test-qgis test-slurm check check-style check-types \
	check-workflow check-generated check-pythons format generated constraints site clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(VENV)/.installed  ## create .venv and install the tested versions, their hashes checked, and compile

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --requirement constraints.txt
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/rs-seg warm
	touch $@

demo: install  ## map five simulated towns: results/demo
	$(BIN)/snakemake --cores $(CORES)
	@echo
	@echo "Map (QGIS):        results/demo/deliver/map.qgz"
	@echo "Map (browser):     results/demo/deliver/map.html"
	@echo "Report (browser):  results/demo/report.html"
	@echo "Shapefiles:        results/demo/maps/*/*/*/polygons.shp"

# Files keep their order: those that run the whole chain or are slow go first (tests/conftest.py).
test: install  ## all tests (those with real data need RS_SEG_TEST_DATA)
	$(BIN)/python -m pytest --numprocesses auto --dist loadscope --no-loadscope-reorder --durations 30

test-fast: install  ## the tests that take less than five seconds each
	$(BIN)/python -m pytest -m 'not slow'

packages:  ## install the Debian packages that the next three need, as root
	@tests/browser/install.sh
	@tests/qgis/install.sh $(QGIS_PYTHON)
	@tests/slurm/install.sh || true

test-browser: install  ## open a delivered map in Chromium (installs chromium on Debian, as root)
	@tests/browser/install.sh
	$(BIN)/python -m pytest -q -m browser tests/browser

test-qgis: install  ## open a delivered project in QGIS (installs python3-qgis on Debian, as root)
	@tests/qgis/install.sh $(QGIS_PYTHON)
	@if QT_QPA_PLATFORM=offscreen $(QGIS_PYTHON) -c 'import qgis.core' 2>/dev/null; then \
		QGIS_PYTHON=$(QGIS_PYTHON) $(BIN)/python -m pytest -q -m qgis tests/qgis; \
	else \
		echo "test-qgis: SKIPPED, $(QGIS_PYTHON) has no PyQGIS; install it with: sudo apt-get install python3-qgis"; \
	fi

test-slurm: install  ## run a batch on a real SLURM of one node (installs slurm-wlm on Debian, as root)
	@trap tests/slurm/stop.sh EXIT; \
	if tests/slurm/start.sh; then \
		RS_SEG_TEST_SLURM=1 $(BIN)/python -m pytest -q -m slurm --durations 3 --numprocesses 2 --dist loadscope \
			--no-loadscope-reorder tests/slurm; \
	else \
		echo "test-slurm: SKIPPED, no SLURM of its own; as root on Debian: tests/slurm/start.sh installs and starts one"; \
	fi

check: check-types check-workflow check-generated check-style  ## style, types, layers, workflow, generated files

check-style: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check $(SMK)
	$(BIN)/lint-imports --no-cache

check-types: install
	$(BIN)/mypy

check-workflow: install
	$(BIN)/snakemake --lint

check-generated: install
	$(BIN)/python -m pytest -q tests/test_generated.py

check-pythons: install  ## the tested versions exist for every Python that is promised (asks the registry)
	.ci/resolve $(BIN)/python

format: install  ## format Python and Snakemake files
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt $(SMK)

generated: install  ## rewrite the files that are generated from the models of the configuration and of results
	$(BIN)/rs-seg config default > config/config.default.yaml
	$(BIN)/rs-seg config schema > config/schema.json
	$(BIN)/rs-seg config reference > docs/configuration.md
	$(BIN)/rs-seg config outputs > docs/output-keys.md
	$(BIN)/rs-seg config outputs-schema > docs/outputs.schema.json
	$(BIN)/python -m tests.workflow.reruns_page > docs/reruns.tmp && mv docs/reruns.tmp docs/reruns.md

constraints: install  ## pin what is installed now as the tested versions, with hashes (asks the registry)
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --quiet --no-header \
		--no-annotate --constraint <($(BIN)/python -m pip freeze --all --exclude-editable) --output-file constraints.txt

site: install  ## build the site into build/site, without network; warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

clean:  ## remove results and the demo's data (keeps .venv)
	rm -rf results/demo data/demo .snakemake
