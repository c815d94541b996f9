#!/usr/bin/env bash
# Makes one virtual environment ready, or says in one line what is missing:
#
#     scripts/environment.sh train | litert | tflite-runtime | bench | docs
#
# Fast if it exists already. PYTHON=... in the environment names the Python to build it with.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "keras_s2s: $*" >&2
    exit 2
}

case "${1:-}" in
    train)
        folder=.venv extras=train,edge,serve,dev constraints=constraints/train.txt
        what="the training environment" contents="TensorFlow, Keras, ...; a few minutes the first time" ;;
    litert)
        folder=.venv-litert extras=edge,serve,image,audio,test,test-files,web constraints=constraints/edge.txt
        what="a device's environment" contents="LiteRT, no TensorFlow" ;;
    tflite-runtime)
        folder=.venv-tflite-runtime extras=tflite-runtime,test constraints=constraints/tflite-runtime.txt
        what="an older device's environment" contents="tflite-runtime, no TensorFlow" ;;
    bench)
        folder=.venv-bench extras=bench constraints=constraints/bench.txt
        what="the benchmarks' environment" contents="PyTorch, ONNX Runtime, CTranslate2, sherpa-onnx; no TensorFlow" ;;
    docs)
        folder=.venv-docs extras=docs,package constraints=constraints/docs.txt
        what="the environment of documentation and packages" contents="MkDocs, build, twine; no TensorFlow" ;;
    *)
        fail "usage: scripts/environment.sh train | litert | tflite-runtime | bench | docs" ;;
esac

# Without PYTHON=... the Python of .venv comes first, so that all environments share one; then 3.11 before newer ones,
# as tflite-runtime has no wheels for those.
if [ -n "${PYTHON:-}" ]; then
    candidates=("$PYTHON")
else
    candidates=(.venv/bin/python python3.11 python3.12 python3.13 python3)
fi
python= found=
for candidate in "${candidates[@]}"; do
    # Asked, not looked up: what is on the PATH may be a shim that does not run.
    version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    found="found $candidate, which is Python $version"
    case $version in
        3.11 | 3.12 | 3.13) python=$candidate && break ;;
    esac
done
if [ -z "$python" ]; then
    fail "Python 3.11, 3.12 or 3.13 is needed, ${found:-and ${PYTHON:-python3} does not run}." \
        "Install one, or name one: make PYTHON=/path/to/python3.11 ..."
fi

if [ "$1" = tflite-runtime ] && [ "$(uname -s) $version" != "Linux 3.11" ]; then
    echo "tflite-runtime has no wheel for Python $version on $(uname -s): the tests of edge ran on LiteRT only."
    rm -rf "$folder"
    exit
fi

# The stamp is written last, so an interrupted installation leaves none. An environment without one, of another Python or
# of a folder since moved starts anew; where only the requirements have changed, pip brings it up to date.
stamp=$folder/ready
made_with="Python $version in $PWD"
made_from=$(cat pyproject.toml "$constraints" scripts/environment.sh | cksum)
if [ -f "$stamp" ] && [ -x "$folder/bin/python" ] && [ "$(head -n 1 "$stamp")" = "$made_with" ]; then
    [ "$(tail -n 1 "$stamp")" != "$made_from" ] || exit 0
    echo "Updating $what in $folder ($contents)"
    rm "$stamp"
else
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python has no venv module. On Debian and Ubuntu: apt install python$version-venv"
    echo "Setting up $what in $folder ($contents)"
    "$python" -m venv --clear "$folder"
fi
"$folder/bin/python" -m pip install -qq --disable-pip-version-check --constraint "$constraints" --editable ".[$extras]" ||
    fail "the installation into $folder failed, pip says why above. The same command tries again."
printf '%s\n' "$made_with" "$made_from" > "$stamp"
