"""From sound to text."""

import functools
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from edge.audio import resample, to_mono_float
from edge.bundle import read_bundle
from edge.control import Control
from edge.errors import UserError
from edge.generator import Generator
from edge.phrases import Phrase, phrases
from edge.reader import regroup
from edge.recognizer_components import RecognizerComponents, open_recognizer_components
from edge.search.constraints import Constraints
from edge.search.ctc_alignment import align
from edge.search.ctc_greedy import greedy
from edge.search.options import SearchOptions
from edge.search.paths import UnmetConstraints
from edge.search.step import Hypothesis, Source
from edge.segments import Heard, segments
from edge.sound import Sound, encode_sounds
from edge.spoken_words import spoken_words
from edge.transcript import Segment, Transcript

_BEAM = SearchOptions(beam=5)
_FREE = Control()


class Recognizer:
    """Transcribes sound with a bundle, on the device.

    Args:
        bundle: a bundle's directory or zip archive, or components from elsewhere.
        threads: how many the runtime may use.
        batch: phrases that are searched together where there are several. Each is encoded by itself: no transcript
            depends on the others.

    Raises:
        UserError: the bundle is damaged or is for another task, or the installed runtime cannot run it.
    """

    def __init__(self, bundle: str | os.PathLike[str] | RecognizerComponents, threads: int = 1, batch: int = 8):
        if not isinstance(bundle, RecognizerComponents):
            bundle = open_recognizer_components(read_bundle(bundle), threads)
        self.components = bundle
        self._batch = batch
        self._encode = functools.partial(encode_sounds, bundle.step)
        self._segments = functools.partial(segments, target=bundle.target, rate=bundle.rate)
        self._generator: Generator[Sound] = Generator(self._encode, bundle.step, bundle.max_target_length, batch)

    @property
    def rate(self) -> int:
        """Samples per second of the sound that the model reads."""
        return self.components.rate

    def transcribe(
        self,
        audio: np.ndarray,
        rate: int,
        options: SearchOptions = _BEAM,
        control: Control = _FREE,
        greedy_ctc: bool = False,
    ) -> Transcript:
        """Transcribe a recording of any length.

        A recording that is longer than a phrase, see `phrases`, is split at silence. Where there is none, its parts
        overlap, and are put together again by their words. Sound without speech gives an empty transcript without
        asking the model.

        Args:
            audio: `(samples,)` or `(samples, channels)`; floats in [-1, 1], int16, int32 or uint8.
            rate: samples per second.
            options: how to search.
            control: what the transcript must and must not have. Prefix and required phrases are for recordings that are
                not split.
            greedy_ctc: decode with CTC alone, greedily: faster, without the decoder, options and control.

        Raises:
            UserError: the audio cannot be used, the control cannot be heeded, or the model has no CTC.
        """
        return self._n_best([self._mono(audio, rate)], options, control, greedy_ctc)[0][0]

    def n_best(
        self, audio: np.ndarray, rate: int, options: SearchOptions = _BEAM, control: Control = _FREE
    ) -> list[Transcript]:
        """Transcribe a recording in up to `options.n_best` ways, the best first. Arguments as `transcribe`'s."""
        return self._n_best([self._mono(audio, rate)], options, control)[0]

    def transcribe_all(
        self,
        recordings: Sequence[np.ndarray],
        options: SearchOptions = _BEAM,
        control: Control = _FREE,
        greedy_ctc: bool = False,
    ) -> list[Transcript]:
        """Transcribe recordings at the model's rate, in batches. The rest as `transcribe`."""
        mono = [to_mono_float(recording) for recording in recordings]
        return [transcripts[0] for transcripts in self._n_best(mono, options, control, greedy_ctc)]

    def phrases(self, blocks: Iterable[np.ndarray], live: bool = False) -> Iterator[Phrase]:
        """Split sound into phrases that the model reads well.

        A phrase is hardly longer than the recordings of the training set. Shorter sound stays whole.

        Args:
            blocks: of samples at the model's rate, float32 `(samples,)` each, one after the other.
            live: yield each phrase as soon as it has ended.
        """
        own = self.components
        return phrases(blocks, own.rate, own.phrase_samples, live)

    def transcribe_phrases(self, parts: Sequence[Phrase], options: SearchOptions = _BEAM) -> list[list[Heard]]:
        """Transcribe phrases, of one recording or of several, in batches.

        Args:
            parts: from `phrases`.
            options: how to search.

        Returns:
            The hypotheses of each phrase, the best first.
        """
        return self._hear(parts, options, _FREE, self._constraints(options, _FREE, False), False)

    def put_together(self, parts: Sequence[Phrase], heard: Sequence[Heard]) -> Transcript:
        """Return the transcript of a recording, given its phrases and a hypothesis of each."""
        return Transcript.of(list(self._segments(zip(parts, heard, strict=True))))

    def stream(
        self,
        blocks: Iterable[np.ndarray],
        options: SearchOptions = _BEAM,
        control: Control = _FREE,
        greedy_ctc: bool = False,
        live: bool = False,
    ) -> Iterator[Segment]:
        """Transcribe a stream of any length in bounded memory, and yield its segments as they are done.

        Args:
            blocks: of samples at the model's rate, one after the other, as `transcribe` takes them.
            options, control, greedy_ctc: as for `transcribe`.
            live: yield each phrase as soon as it has ended. Else the segments are those of `transcribe`.

        Yields:
            Segments with text, with times from the start of the stream.

        Raises:
            UserError: as `transcribe`.
        """
        constraints = self._constraints(options, control, greedy_ctc)
        if live and _is_of_the_whole(constraints):
            raise UserError(f"{control.summary()}: is of the whole, and a phrase is not; leave it out")
        parts = self._phrases(map(to_mono_float, blocks), control, constraints, live)

        def heard() -> Iterator[tuple[Phrase, Heard]]:
            while batch := list(itertools.islice(parts, 1 if live else self._batch)):
                found = self._hear(batch, options, control, constraints, greedy_ctc)
                yield from ((phrase, best) for phrase, (best, *_) in zip(batch, found, strict=True))

        return (segment for segment in self._segments(heard()) if segment.text)

    def _mono(self, audio: np.ndarray, rate: int) -> np.ndarray:
        return resample(to_mono_float(audio), rate, self.rate)

    def _constraints(self, options: SearchOptions, control: Control, greedy_ctc: bool) -> Constraints:
        constraints = control.constraints(self.components.target)
        if control.glossary:
            raise UserError("glossary: has translations of a source text's terms, and sound has none; leave it out")
        if greedy_ctc and (constraints or options != _BEAM):
            raise UserError("decoding with CTC alone is greedy: it has neither options of the search nor constraints")
        return constraints

    def _phrases(
        self, blocks: Iterable[np.ndarray], control: Control, constraints: Constraints, live: bool = False
    ) -> Iterator[Phrase]:
        found = self.phrases(blocks, live)
        if _is_of_the_whole(constraints):
            two = list(itertools.islice(found, 2))
            if len(two) > 1:
                raise UserError(
                    f"{control.summary()}: is of the whole, and sound of more than "
                    f"{self.components.phrase_samples / self.rate:g} seconds is split; leave it out, or cut the "
                    "recording"
                )
            found = iter(two)
        yield from found

    def _n_best(
        self, recordings: Sequence[np.ndarray], options: SearchOptions, control: Control, greedy_ctc: bool = False
    ) -> list[list[Transcript]]:
        constraints = self._constraints(options, control, greedy_ctc)
        read = [list(self._phrases([recording], control, constraints)) for recording in recordings]
        parts = [phrase for each in read for phrase in each]
        heard = self._hear(parts, options, control, constraints, greedy_ctc)
        return [
            [self.put_together(parts, _ranked(found, rank)) for rank in range(max(map(len, found), default=1))]
            for parts, found in zip(read, regroup(heard, read), strict=True)
        ]

    def _hear(
        self,
        parts: Sequence[Phrase],
        options: SearchOptions,
        control: Control,
        constraints: Constraints,
        greedy_ctc: bool,
    ) -> list[list[Heard]]:
        """The hypotheses of each phrase, the best first."""
        own = self.components
        sounds = [Sound(part.samples) for part in parts]
        heard: list[list[Heard]] = [[] for _ in parts]
        found = self._greedy_ctc(sounds) if greedy_ctc else self._generator.each(sounds, options, constraints)
        try:
            for place, source, hypotheses in found:
                part = parts[place]
                start, seconds = part.start / self.rate, len(part.samples) / self.rate
                for hypothesis in hypotheses:
                    words = spoken_words(
                        hypothesis, source, own.target, own.position_seconds, start, seconds, part.speech
                    )
                    heard[place].append(Heard(words, hypothesis))
        except UnmetConstraints as error:
            raise control.unmet(f"sound at {parts[error.place].start / self.rate:.1f} s", "transcript") from error
        return heard

    def _greedy_ctc(self, sounds: Sequence[Sound]) -> Iterator[tuple[int, Source, list[Hypothesis]]]:
        """As `Generator.each`, by CTC alone."""
        for place, sound in enumerate(sounds):
            (source,) = self._encode([sound])
            if (ctc := source.ctc) is None:
                raise UserError("the model has no CTC, and cannot be decoded with it alone; decode with the decoder")
            tokens = greedy(ctc)
            spans = align(ctc, tokens)
            scores = [float(ctc[first:last, token].max()) for token, (first, last) in zip(tokens, spans, strict=True)]
            yield place, source, [Hypothesis(tokens, scores, None, sum(scores))]


def _ranked(found: Sequence[Sequence[Heard]], rank: int) -> list[Heard]:
    """The hypothesis of each phrase with a rank; of a phrase that has fewer, the last one."""
    return [hypotheses[min(rank, len(hypotheses) - 1)] for hypotheses in found]


def _is_of_the_whole(constraints: Constraints) -> bool:
    return bool(constraints.prefix or constraints.rest or constraints.required)
