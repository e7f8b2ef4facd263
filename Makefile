# What readers, writers and testers of the book do.  `make help` lists it.

PYTHON ?= python3
PORT ?=
CHAPTER ?=

PY := .venv/bin/python
# Several tests at once, each on one core; those of one page follow one another.
SIDE_BY_SIDE = -n auto --maxprocesses=4 --dist loadgroup
SETUP = $(PYTHON) tools/setup_env.py

.DEFAULT_GOAL := help
.PHONY: help book html run measure lab test proof bench clean python env env-test env-proof

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

book: html ## build the book and serve it on this machine (PORT=8000)
	@$(PY) tools/serve.py _build/html $(PORT)

html: env ## build the book into _build/html, warnings being errors
	@$(PY) tools/build_site.py

run: env ## run the changed chapters again and store their outputs (CHAPTER=05: that one)
	@$(PY) tools/run_chapters.py $(CHAPTER)

measure: env-proof ## measure the explorers against PyTorch, and store the figures
	@$(PY) tools/measure_proof.py

lab: env ## open the chapters in JupyterLab
	@$(PY) -m jupyterlab --notebook-dir=. --LabApp.default_url=/lab/tree/notebooks

test: env-test html ## check everything that needs neither Node nor PyTorch
	@status=0; \
	OPENBLAS_NUM_THREADS=1 $(PY) -m pytest $(SIDE_BY_SIDE) || status=1; \
	$(PY) tools/prove_chapters.py $(CHAPTER) || status=1; \
	exit $$status

proof: env-proof ## compare with PyTorch, and check the JavaScript (needs Node)
	@status=0; \
	$(PY) -m pytest -m proof --ignore=tests/browser || status=1; \
	$(PY) tools/check_javascript.py || status=1; \
	exit $$status

bench: env-proof html ## print the tables of speed and of page weight
	@set -e; for script in benchmarks/*.py tools/page_weight.py; do \
		[ -e "$$script" ] || continue; echo "== $$script"; $(PY) "$$script"; done

clean: ## remove what was built and installed
	rm -rf _build .venv node_modules .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

python:
	@command -v $(PYTHON) >/dev/null || { \
	echo "There is no '$(PYTHON)' here; the book needs Python 3.11 or newer (make book PYTHON=/path/to/python)."; \
	exit 1; }

env: python
	@$(SETUP) requirements.txt

env-test: python
	@$(SETUP) requirements-test.txt

env-proof: python
	@$(SETUP) requirements-proof.txt
