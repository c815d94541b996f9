# Everything a fresh clone needs: Python 3.11 to 3.13 with its venv module, and make.
# scripts/environment.sh builds the virtual environments and checks that they are ready.

# TensorFlow's C++ side talks on every start.
export TF_CPP_MIN_LOG_LEVEL ?= 3
# Packages from elsewhere would make a bare environment less bare.
unexport PYTHONPATH PYTHONHOME

.PHONY: help demo test bench soak docs notebook walkthrough package lint format clean
# Two targets at once would build the same environment twice.
.NOTPARALLEL:

help:
	@echo "make demo      fetch a corpus, train a small translator, quantize it, translate with it"
	@echo "make test      style and types, then every test; those of edge without TensorFlow, on LiteRT and on tflite-runtime"
	@echo "make bench     training beside PyTorch, the on-device runtime beside ONNX Runtime, CTranslate2 and sherpa-onnx"
	@echo "make soak      200,000 translations, threads, random HTML, damaged bundles, every cell with every attention"
	@echo "make docs      build the documentation site in build/site; a broken link is an error"
	@echo "make notebook  run docs/notebook.ipynb: train, export, translate, in a minute"
	@echo "make walkthrough run the commands of README and docs, with short trainings: some minutes"
	@echo "make package   build wheel and sdist in dist/, check them, try the wheel in a new environment"
	@echo "make lint      check style and types only"
	@echo "make format    format the code"
	@echo "make clean     remove the virtual environments and the caches; corpora, runs and bundles stay"
	@echo
	@echo "Each builds the virtual environments it needs. PYTHON=/path/to/python3.11 chooses the Python."

demo:
	@scripts/environment.sh train
	@.venv/bin/keras-s2s demo

test: lint
	@scripts/tests.sh

bench:
	@scripts/environment.sh train
	@scripts/environment.sh bench
	@.venv/bin/python -m benchmarks.training
	@.venv/bin/python -m benchmarks.edge
	@.venv/bin/python -m benchmarks.segmentation
	@.venv/bin/python -m benchmarks.speech

soak:
	@scripts/environment.sh train
	@.venv/bin/python -m benchmarks.soak
	@.venv/bin/python -m pytest tests/keras_s2s --all-combinations

docs:
	@scripts/environment.sh train
	@scripts/environment.sh docs
	@.venv/bin/python scripts/docs.py
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet --strict
	@echo "The site is in build/site: open build/site/index.html"

notebook:
	@scripts/environment.sh train
	@.venv/bin/python scripts/notebook.py

walkthrough:
	@scripts/environment.sh train
	@.venv/bin/python scripts/walkthrough.py

package:
	@scripts/environment.sh docs
	@scripts/package.sh

lint:
	@scripts/environment.sh train
	@echo "== Style"
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@echo "== Types"
	@.venv/bin/mypy

format:
	@scripts/environment.sh train
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

clean:
	rm -rf .venv .venv-bench .venv-docs .venv-litert .venv-tflite-runtime build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
