# `make` alone lists the targets. All set-up goes into .venv and is done once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check docs format coverage leaderboard bench bench-speed bench-predict bench-fifth bench-camvid bench-devices bench-beyond bench-intake doctor-bench doctor-field findings fuzz clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

setup: $(READY)  ## make .venv with everything that is needed, at pinned versions

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "maskwright needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs]'
	@touch $(READY)

demo: $(READY)  ## draw puzzle photos, train on them, show masks and a report: 4 minutes, after a set-up of 2 to 6
	rm -rf demo
	$(BIN)/maskwright demo --out demo

test: $(READY)  ## run all tests, a process for each core
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: $(READY)  ## ruff, strict types, import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test docs  ## lint, test, and build the documentation strictly

docs: $(READY)  ## make the reference from the code and build the documentation into site/
	$(BIN)/python -m docs_tools.cli_page
	$(BIN)/python -m docs_tools.api_page
	$(BIN)/python -m docs_tools.settings_page
	$(BIN)/python -m docs_tools.networks_page
	$(BIN)/python -m docs_tools.losses_page
	$(BIN)/python -m docs_tools.format_table
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

format: $(READY)  ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

coverage: $(READY)  ## run all tests, say which lines none of them reaches
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --cov --cov-report=term-missing:skip-covered --cov-fail-under=90

TIER := hour
leaderboard: $(READY)  ## every method on every set in 75 s, kept and continued: 90 minutes (TIER=hour), more with day or all
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks.leaderboard --tier $(TIER)

bench: $(READY)  ## maskwright and its peers side by side, one fold a set: about 60 minutes, goes on where it stopped
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks

bench-speed: $(READY)  ## steps a second against smp, waiting for data, peak memory: about 9 minutes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks.speed

bench-intake: $(READY)  ## CPU seconds of check on 100,000 polygons and on 5,000 photos: about 2 minutes
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.intake

fuzz: $(READY)  ## 13,000 damaged inputs, each read or refused in one line: 10 minutes, goes on where it stopped
	$(BIN)/python -m benchmarks.fuzz

bench-predict: $(READY)  ## PyTorch, ONNX Runtime and OpenVINO against smp, and 12-megapixel photos: about 3 minutes (RUN=demo/run)
	OMP_NUM_THREADS=2 $(BIN)/python -m benchmarks.predict $(if $(RUN),--run $(RUN))

bench-beyond: $(READY)  ## a million photos planned, Ray with processes killed, a model of throughput: about 20 minutes
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.beyond.planning
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.beyond.ray_nodes_killed
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.beyond.throughput

SETS := crackforest
FOLDS := 0 1 2 3 4
bench-fifth: $(READY)  ## the article's 40 epochs, and maskwright in a fifth of their time: about 90 minutes for cracks (SETS=, FOLDS=)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks.fifth --sets $(SETS) --folds $(FOLDS)

bench-devices: $(READY)  ## two processes against one: losses, IoU, CPU seconds of a step: about 5 minutes
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.devices

bench-camvid: $(READY)  ## 45 minutes on one core, and CamVid's test photos: about 55 minutes
	OMP_NUM_THREADS=1 taskset -c 0 $(BIN)/python -m benchmarks.camvid_test --minutes 45

doctor-bench: $(READY)  ## faults injected into real photos, masks and trainings, and what is named: about 45 minutes, goes on where it stopped
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.faults

doctor-field: $(READY)  ## faults that people had, in simulated predictions of real sets, and what is named: about 25 minutes
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.field

findings: $(READY)  ## rebuild the pages in docs/findings
	$(BIN)/python -m docs_tools.finding_pages docs/findings

clean:  ## remove .venv, the demo and all caches
	rm -rf $(VENV) demo build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
