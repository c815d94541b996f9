"""Recipes: files of settings to begin with. Each task has its own.

This needs no TensorFlow: `--help` prints recipes.
"""

from pathlib import Path

RECIPES = {file.stem: file for file in sorted((Path(__file__).parent / "tasks").glob("*/recipes/*.yaml"))}
