# ABOS: `make help` lists the targets. `demo` and `test` set everything up themselves.
#
# Set-up is a chain of stamps in .venv/.abos, each made once and again when what it was made
# from changes. What a step prints goes to build/setup.log; its end is shown when the step fails.

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
STAMPS := $(VENV)/.abos
LOG    := build/setup.log
PIP    := $(PY) -m pip --disable-pip-version-check --no-input

# The bindings' vision library is never loaded; without it they build in two thirds of the time.
CMAKE_ARGS ?= -DLLAVA_BUILD=OFF
export CMAKE_ARGS

# A venv does not survive a move (its scripts name their folder), nor the loss of its Python.
ifneq ($(shell test -x $(PY) && cat $(STAMPS)/venv 2>/dev/null),$(CURDIR))
$(STAMPS)/venv: FORCE
endif

# The doctor's stamp lists the files it relied on: when one is gone, it is asked again.
ifneq ($(shell { while read -r file; do test -e "$$file" || echo gone; done <$(STAMPS)/doctor; } 2>/dev/null),)
$(STAMPS)/doctor: FORCE
endif

# Without a C++ compiler the local model is left out, and the doctor says so.
ifneq ($(shell command -v c++ || command -v g++ || command -v clang++),)
LOCAL := $(STAMPS)/local
endif

# $(call step,what is done,command): one line for people, the rest to the log.
define step
@mkdir -p build; echo "abos: $(1)"; \
{ echo "== $(1)"; $(2); } >>$(LOG) 2>&1 || { status=$$?; tail -n 25 $(LOG); \
  echo "abos: that failed; all of it is in $(LOG)"; exit $$status; }
endef

.PHONY: help setup demo test check bench fuzz fuzz-coverage calibrate train-decider eval-requests lock local clean distclean FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(STAMPS)/doctor ## venv, packages, browser, model; nothing to do when all is there
	@:

demo: setup ## three tasks in plain words on the bundled shop
	@$(VENV)/bin/abos demo $(ARGS)

# A file's tests stay together: they share its browser. Files go out in their order, the long ones
# of tests/integration first. In one process, as a debugger needs it: make test JOBS=0.
JOBS ?= $(shell cpus=$$(nproc 2>/dev/null || echo 1); echo $$((cpus < 2 ? cpus : 2)))

test: check ## check, then every test, two at a time (JOBS=number; ARGS="-k x" chooses)
	@$(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

# The root being the package, mypy would take tests and build for parts of it; the benchmarks and
# evaluations are scripts that import their neighbours. Simulations go alone: `pool` is one, and a
# benchmark, too.
check: setup ## formatting, lint, types, and the arrows between the rooms
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy --strict -p abos --exclude '/abos/(build|tests)/'
	@MYPYPATH=tests/bench:tests/eval:tests/fuzz:tests/unit/planner $(PY) -m mypy --strict tests --exclude '^tests/sim/'
	@MYPYPATH=tests/sim:tests/bench $(PY) -m mypy --strict tests/sim
	@$(VENV)/bin/lint-imports --no-cache

BENCHES := $(sort $(notdir $(basename $(wildcard tests/bench/[!_]*.py))))

bench: setup ## every benchmark, one after another; one alone: make bench-NAME
	@for name in $(BENCHES); do $(PY) tests/bench/$$name.py $(ARGS) || exit $$?; done

bench-%: setup
	@$(PY) tests/bench/$(subst -,_,$*).py $(ARGS)

sim-%: setup
	@$(PY) tests/sim/$(subst -,_,$*).py $(ARGS)

# Records that nothing is taught on; `make train-decider` makes the first file.
FILES ?= $(wildcard build/teach/calibrate.jsonl) tests/eval/kinds.calibrate.jsonl

fuzz: setup ## hostile snapshots against their reader for a minute (ARGS=seconds)
	@$(PY) tests/fuzz/reader.py $(ARGS)

fuzz-coverage: setup ## the same, led by coverage; needs atheris (pip install '.[fuzz]')
	@$(PY) tests/fuzz/coverage.py $(ARGS)

# Named after what it evaluates, unlike its file: that would hide the library `requests`.
eval-requests: setup
	@$(PY) tests/eval/request_suite.py $(ARGS)

eval-miniwob: setup ## the agent on MiniWoB++ (extra eval): TASKS="a b" SEEDS="0 1"
	@$(PY) tests/eval/miniwob.py $(if $(TASKS),--tasks $(TASKS)) $(if $(SEEDS),--seeds $(SEEDS)) $(ARGS)

calibrate: setup ## fit the decisions' probabilities and thresholds again (FILES=labelled .jsonl)
	@$(PY) -m abos.planner.calibrate $(FILES)

# The steps are few by default: ARGS="--steps 1500" is better. Needs npm for the demo pages.
train-decider: setup ## teach the ranker anew: data, encoder, booster, model card (ARGS=stages)
	$(call step,installing the packages of the extra "train",$(PIP) install -e '.[train]')
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m abos.planner.teach $(ARGS)

eval-%: setup
	@$(PY) tests/eval/$(subst -,_,$*).py $(ARGS)

# --- set-up, step by step ---

# Debian and Ubuntu split what `python3 -m venv` needs into a package of its own.
$(STAMPS)/venv:
	@set -e; \
	if [ -x $(PY) ] && [ ! -e $@ ] && $(PY) -m pip --version >/dev/null 2>&1; then \
	  mkdir -p $(STAMPS); printf '%s\n' "$(CURDIR)" >$@; exit 0; \
	fi; \
	new() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; \
	python=; \
	for name in $(PYTHON) python3.13 python3.12 python3.11; do \
	  if new $$name; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "abos: needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1 || true)."; \
	  echo "      On Debian 12+ and Ubuntu 24.04+: apt-get install python3 python3-venv."; \
	  echo "      Another one: make setup PYTHON=/path/to/python3"; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	  package=$$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	  if ! command -v apt-get >/dev/null; then \
	    echo "abos: $$python has no venv module: install it with your system's packages."; exit 1; \
	  elif [ "$$(id -u)" = 0 ]; then sudo=; \
	  elif sudo -n true 2>/dev/null; then sudo='sudo -n'; \
	  else \
	    echo "abos: $$python cannot make a venv yet. Type: sudo apt-get install $$package"; \
	    echo "      and then the same make again."; exit 1; \
	  fi; \
	  mkdir -p build; echo "abos: installing $$package (apt-get)"; \
	  install() { $$sudo env DEBIAN_FRONTEND=noninteractive \
	    apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends $$package; }; \
	  { install || { $$sudo apt-get update && install; }; } >>$(LOG) 2>&1 || { \
	    tail -n 15 $(LOG); echo "abos: that failed. Type: apt-get install $$package"; exit 1; }; \
	fi; \
	echo "abos: making .venv with $$("$$python" -V)"; \
	rm -rf $(VENV); "$$python" -m venv $(VENV); \
	mkdir -p $(STAMPS); printf '%s\n' "$(CURDIR)" >$@

$(STAMPS)/requirements: requirements.txt $(STAMPS)/venv
	$(call step,installing the packages of requirements.txt,$(PIP) install --require-hashes -r requirements.txt)
	@touch $@

# The console script and the metadata come from an editable install, the link is for type
# checkers: they do not follow an editable install whose root is the package itself.
$(STAMPS)/project: pyproject.toml $(STAMPS)/requirements
	$(call step,installing abos from this folder,$(PIP) install --no-deps --no-build-isolation -e .)
	@ln -sfn "$(CURDIR)" "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/abos"
	@touch $@

# Optional: when it does not build, ABOS decides with its other tiers. A failure is remembered,
# so that no later run waits for it again; `make local` does.
$(STAMPS)/local: requirements-local.txt $(STAMPS)/project
	@mkdir -p build; \
	echo "abos: installing the bindings of llama.cpp (the first time they are built, about 3 minutes; $(LOG))"; \
	jobs=$$(nproc 2>/dev/null || echo 2); \
	room=$$(awk '/^MemAvailable/ {print 1 + int($$2 / 1500000)}' /proc/meminfo 2>/dev/null || echo 2); \
	[ "$$jobs" -le "$$room" ] || jobs=$$room; \
	if CMAKE_BUILD_PARALLEL_LEVEL=$${CMAKE_BUILD_PARALLEL_LEVEL:-$$jobs} \
	  $(PIP) install --require-hashes -r requirements-local.txt >>$(LOG) 2>&1; then :; else \
	  tail -n 25 $(LOG); \
	  echo "abos: the bindings of llama.cpp did not build: going on without the local model."; \
	  echo "      \`make local\` tries again."; \
	fi; touch $@

local: $(STAMPS)/project ## build the local model's bindings again after a failure
	@rm -f $(STAMPS)/local; $(MAKE) --no-print-directory setup

$(STAMPS)/doctor: $(STAMPS)/project $(LOCAL)
	@$(PY) -m abos.kernel.doctor --fix --stamp $@

FORCE:

# --- upkeep ---

UV := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
      --no-emit-index-url --no-emit-find-links --no-header --no-annotate

lock: $(STAMPS)/venv ## resolve both requirement files anew (UPGRADE=--upgrade for newer versions)
	@$(PIP) install --quiet uv
	@$(UV) $(UPGRADE) --extra dev pyproject.toml -o requirements.txt
	@$(PY) -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	  print(*project["optional-dependencies"]["local"], sep="\n")' \
	  | $(UV) $(UPGRADE) -c requirements.txt - -o requirements-local.txt
	@sed -i '1i # Made by `make lock` from pyproject.toml (its packages and the extra "dev"): change that, not this.' requirements.txt
	@sed -i '1i # Made by `make lock` from the extra "local" of pyproject.toml, to go with requirements.txt.' requirements-local.txt

clean: ## what builds and tests leave behind
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## and the venv (the user's cache with browser and model stays)
	@rm -rf $(VENV)
