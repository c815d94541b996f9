#!/usr/bin/env bash
# Builds wheel and sdist in dist/, checks their metadata and contents, and translates with the wheel in a new environment
# that has only its base and a TFLite runtime.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf dist
.venv-docs/bin/python -m build --outdir dist > build.log 2>&1 || { cat build.log >&2; rm build.log; exit 1; }
rm build.log
.venv-docs/bin/python -m twine check --strict dist/*

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv-docs/bin/python -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq --disable-pip-version-check --constraint constraints/edge.txt dist/*.whl
# Away from the clone, so that Python cannot import it instead of the wheel.
clone=$PWD toy=$PWD/tests/edge/toy_bundle
cd "$folder"
"$folder/venv/bin/python" -m edge --version
# Without a runtime: a message that says what to install.
if "$folder/venv/bin/python" -m edge info "$toy" > out 2> err || ! grep -q "pip install ai-edge-litert" err; then
    echo "package.sh: the base alone has to name the missing runtime, and said: $(cat out err)" >&2
    exit 1
fi
# The same for the other command line.
if "$folder/venv/bin/keras-s2s" --version > out 2> err || ! grep -q "pip install '\.\[train\]'" err; then
    echo "package.sh: keras-s2s without its extra has to name it, and said: $(cat out err)" >&2
    exit 1
fi

# With the extras of a device: text, images, server.
wheel=$(echo "$clone"/dist/*.whl)
"$folder/venv/bin/pip" install -qq --disable-pip-version-check --constraint "$clone/constraints/edge.txt" \
    "keras-s2s[edge,image,serve] @ file://$wheel"
"$folder/venv/bin/python" -m edge info "$toy" > out
translated=$("$folder/venv/bin/python" -m edge translate "$toy" "uno dos" 2> err)
[ "$translated" = "one two" ] || { echo "package.sh: 'uno dos' was translated to '$translated'" >&2; exit 1; }
"$folder/venv/bin/python" -c "from PIL import Image; Image.new('RGB', (40, 30), 'white').save('image.png')"
"$folder/venv/bin/python" -m edge segment "$clone/tests/edge/toy_segmenter" image.png -o mask.png 2> err
"$folder/venv/bin/python" -c "
from pathlib import Path

import edge.serve.app
assert (Path(edge.serve.app.__file__).parent / 'page.html').exists()
assert not edge.__file__.startswith('$clone/')"
cd "$clone"
ls -l dist
