# Works with GNU make 3.81 (macOS) and later. `make` alone lists the targets.
VENV ?= .venv
PORT ?= 8888
PYTHON ?=
SIZES ?=
ROUNDS ?= 3
KEEP ?=
PY = $(VENV)/bin/python
READY = $(VENV)/.ready

.PHONY: help lab test build bench doctor lock
.DEFAULT_GOAL := help

help:
	@echo "make lab      open the course in JupyterLab (PORT=8888 unless told)"
	@echo "make test     everything that CI runs"
	@echo "make build    lessons -> notebooks, those that are stale"
	@echo "make doctor   what is wrong with this installation, and how to mend it"
	@echo "make bench    time and memory against other packages"
	@echo "make lock     pin the versions anew from pyproject.toml"

$(READY): requirements.lock pyproject.toml tools/setup.sh
	@PYTHON="$(PYTHON)" sh tools/setup.sh $(VENV)
	@touch $@

lab: $(READY)
	@$(PY) -m tools.lab --port $(PORT)

test: $(READY)
	@$(PY) -m tools.suite

build: $(READY)
	@$(PY) -m tools.build

bench: $(READY)
	@$(PY) bench/run.py $(SIZES) --rounds $(ROUNDS) $(if $(KEEP),--keep)
	@$(PY) bench/journey.py $(SIZES) --rounds $(ROUNDS) $(if $(KEEP),--keep)
	@$(PY) bench/experiment.py --rounds $(ROUNDS)
	@$(PY) bench/retention.py --rounds $(ROUNDS)
	@$(PY) bench/clv.py --rounds $(ROUNDS) --longest 600

# The doctor must be able to come before the environment does: any Python will do for him.
doctor:
	@if [ -x $(PY) ]; then $(PY) -m funnel_utils.course.doctor; else python3 -m funnel_utils.course.doctor; fi

# One set of versions for Python 3.11 to 3.13, and nothing in it that says where they came from.
lock: $(READY)
	@$(PY) -m tools.lock
