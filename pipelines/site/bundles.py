"""The bundles of a static site."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from edge.bundle import MANIFEST, Bundle
from edge.errors import UserError
from edge.serve.languages import bundle_languages, plain_code

_TASKS = ("translation", "segmentation")


class Direction(NamedTuple):
    """A bundle of translation."""

    source: str
    target: str
    bundle: Bundle

    @property
    def name(self) -> str:
        """Name of its directory on the site."""
        return f"{self.source}-{self.target}"


class SiteSegmenter(NamedTuple):
    """A bundle of image segmentation."""

    name: str
    bundle: Bundle


class SiteBundles:
    """Bundles with static shapes, with names that differ.

    Args:
        bundles: of translation and of image segmentation.

    Attributes:
        directions: those of translation.
        segmenters: those of image segmentation.

    Raises:
        UserError: a bundle cannot be used in browsers, or is there twice.
    """

    def __init__(self, bundles: Sequence[Bundle]):
        self.directions: list[Direction] = []
        self.segmenters: list[SiteSegmenter] = []
        # One spelling of each language, the first.
        spellings: dict[str, str] = {}
        known: dict[str, Bundle] = {}
        for bundle in bundles:
            _check(bundle)
            if bundle.manifest["task"] == "translation":
                source, target = (spellings.setdefault(plain_code(code), code) for code in bundle_languages(bundle))
                direction = Direction(source, target, bundle)
                what, name = f"translates {source} to {target}", direction.name
                self.directions.append(direction)
            else:
                name = re.sub(r"[^\w.-]+", "-", bundle.path.resolve().name, flags=re.ASCII)
                what = f"has the name {name}"
                self.segmenters.append(SiteSegmenter(name, bundle))
            if other := known.get(name):
                raise UserError(f"{bundle.path}: {what}, as {other.path} does; give one of them")
            known[name] = bundle

    @property
    def all(self) -> list[Direction | SiteSegmenter]:
        """All bundles."""
        return [*self.directions, *self.segmenters]

    def __str__(self) -> str:
        return ", ".join(each.name for each in self.all)

    def copy(self, out: Path) -> None:
        """Copies the bundles, unchanged.

        Args:
            out: a directory that does not exist yet.

        Raises:
            UserError: a file of a bundle cannot be read.
        """
        for each in self.all:
            folder = out / each.name
            folder.mkdir(parents=True)
            for file in (each.bundle.path / MANIFEST, *each.bundle.files):
                (folder / file.name).write_bytes(_read(file))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror or error}); copy the bundle again") from error


def _check(bundle: Bundle) -> None:
    if bundle.manifest["task"] not in _TASKS:
        raise UserError(f"{bundle.path}: is for {bundle.manifest['task']}, not for {' or '.join(_TASKS)}")
    if bundle.manifest.get("static") is not True:
        raise UserError(
            f"{bundle.path}: has dynamic shapes, which browsers cannot run; export the run again with: "
            "keras-s2s export RUN --static --out BUNDLE"
        )
