#!/usr/bin/env bash
# Runs all tests in two processes at the same time: most of what they do, tracing and converting, keeps one core busy.
# One of them shows how it gets on; what the other has to say comes as a whole in the end.
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"; kill $(jobs -p) 2>/dev/null' EXIT

# All of a process's suites run, whatever came of the one before.
suites() {
    local failed=0
    for suite in "$@"; do
        echo "== $suite"
        case $suite in
            *"bare LiteRT") .venv-litert/bin/python -m pytest tests/edge ;;
            *"bare tflite-runtime")
                [ ! -d .venv-tflite-runtime ] || .venv-tflite-runtime/bin/python -m pytest tests/edge ;;
            *": web") .venv-litert/bin/python -m pytest -rs tests/web ;;
            *"pipelines but tasks") .venv/bin/python -m pytest tests/pipelines --ignore tests/pipelines/tasks ;;
            *) .venv/bin/python -m pytest "tests/${suite##* }" ;;
        esac || failed=1
    done
    return "$failed"
}

scripts/environment.sh litert || exit
scripts/environment.sh tflite-runtime || exit
suites "architecture: test_architecture.py" "with TensorFlow: keras_s2s" "with TensorFlow: benchmarks" \
    "with TensorFlow: pipelines/tasks" "edge on bare tflite-runtime" > "$log" 2>&1 &
other=$!
status=0
suites "with TensorFlow: pipelines but tasks" "edge on bare LiteRT" "in Node.js and Chromium: web" || status=1
wait "$other" || status=1
cat "$log"
exit "$status"
