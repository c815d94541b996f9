"""`python -m edge serve`."""

import argparse
import dataclasses
import logging
import signal
import socket
import warnings

from edge.commands.arguments import add_carry
from edge.errors import UserError
from edge.serve.limits import Limits

# The extra `serve`, without uvloop, which only makes it faster. One missing module says nothing of the others.
_PACKAGES = "fastapi httptools prometheus-client python-multipart uvicorn"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments; needs nothing of the extra."""
    parser.add_argument(
        "bundles",
        metavar="BUNDLE",
        nargs="+",
        help="bundles (directories, or zip archives): translation, one per language direction; speech",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; 0.0.0.0: all networks [127.0.0.1: this machine only]"
    )
    parser.add_argument("--port", type=int, default=8000, metavar="P", help="port to listen on; 0: a free port [8000]")
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="threads of the TFLite runtime per bundle [1]"
    )
    parser.add_argument("--beam", type=int, default=1, metavar="K", help="beam size; 1 is greedy search [1]")
    parser.add_argument("--speech-beam", type=int, default=5, metavar="K", help="beam size of transcription [5]")
    parser.add_argument("--shortlist", action="store_true", help="use the lexical shortlist of each bundle: faster")
    add_carry(parser)
    parser.add_argument(
        "--glossary",
        action="append",
        default=[],
        metavar="[DIRECTION=]FILE",
        help="translations of terms, for example es-en=terms.tsv; with one direction FILE alone; repeatable",
    )
    parser.add_argument(
        "--api-keys",
        metavar="FILE",
        help="file of API keys, one per line (KEY, or KEY, requests per minute and "
        "characters per request with tabs between them)",
    )
    parser.add_argument(
        "--suggestions", metavar="FILE", help="file that suggestions of users are appended to [none: refused]"
    )
    parser.add_argument("--cors", action="append", default=[], metavar="ORIGIN", help="allowed CORS origin; repeatable")
    parser.add_argument("--log-text", action="store_true", help="also log the texts of requests (personal data)")
    limits = parser.add_argument_group("limits")
    for bound in dataclasses.fields(Limits):
        meaning = f"{bound.metadata['help']} [{bound.default}]"
        limits.add_argument(
            f"--{bound.name.replace('_', '-')}",
            type=type(bound.default),
            default=bound.default,
            metavar="N",
            help=meaning,
        )


def serve(options: argparse.Namespace) -> None:
    """Serves until it is told to end, and finishes then what it has let in.

    Raises:
        UserError: the extra is not installed, an option or a bundle cannot be used, or the port is taken.
    """
    try:
        import uvicorn

        from edge.bundle import read_bundle
        from edge.search.options import SearchOptions
        from edge.serve.app import create_app
        from edge.serve.bounds import BoundHead
        from edge.serve.directions import Direction, load_directions
        from edge.serve.glossaries import read_glossaries
        from edge.serve.journal import start_journal, tell
        from edge.serve.keys import Keys
        from edge.serve.metrics import Metrics
        from edge.serve.recognizers import ServedRecognizer, load_recognizers
        from edge.serve.service import Service
        from edge.serve.suggestions import Suggestions
        from edge.serve.transcription import Transcription
    except ModuleNotFoundError as error:
        raise UserError(f"serve: {error.name} is not installed; install it with: pip install {_PACKAGES}") from error
    limits = _limits(options)
    for beam in (options.beam, options.speech_beam):
        SearchOptions(beam=beam)
    keys = Keys.read(options.api_keys) if options.api_keys else Keys()
    suggestions = Suggestions(options.suggestions, limits.suggestion_bytes) if options.suggestions else None
    listening = _listen(options.host, options.port)
    start_journal()
    # They quote what was translated.
    warnings.simplefilter("ignore")
    metrics = Metrics()
    bundles = [read_bundle(path) for path in options.bundles]
    spoken = [bundle for bundle in bundles if bundle.manifest["task"] == "speech"]
    written = [bundle for bundle in bundles if bundle.manifest["task"] != "speech"]
    directions = load_directions(written, limits, options.threads, options.shortlist, metrics.batch, options.carry)
    recognizers = load_recognizers(spoken, limits, options.threads, metrics.batch)
    glossaries = read_glossaries(options.glossary, [*directions.by_name])
    models: dict[str, Direction | ServedRecognizer] = {**directions.by_name, **recognizers.by_name}
    if len(models) < len(bundles):
        both = ", ".join(directions.by_name.keys() & recognizers.by_name.keys())
        raise UserError(f"{both}: is the name of a language direction, too; rename the folder of the speech bundle")
    metrics.watch({name: model.batcher for name, model in models.items()})
    app = create_app(
        Service(directions, limits, options.beam, glossaries),
        Transcription(recognizers, limits, options.speech_beam),
        keys,
        metrics,
        options.cors,
        options.log_text,
        suggestions,
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=type("HeadWithin", (BoundHead,), {"seconds": limits.receive}),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=int(
                max(
                    max(limits.receive, limits.audio_receive) + limits.seconds,
                    limits.file_receive + limits.file_seconds,
                )
            )
            + 1,
        )
    )
    # Until uvicorn listens to these, and when it sends them once more after it has ended on them.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    for direction in directions.by_name.values():
        if (direction.source, direction.target) == ("src", "tgt"):
            tell(
                "unnamed languages",
                logging.WARNING,
                bundle=str(direction.bundle.path),
                help="train with --languages A-B",
            )
    tell("serving", address=address, models=[*models])
    server.run([listening])
    directions.close()
    recognizers.close()
    tell("ended")


def _limits(options: argparse.Namespace) -> Limits:
    limits = Limits(**{bound.name: getattr(options, bound.name) for bound in dataclasses.fields(Limits)})
    for name, value in dataclasses.asdict(limits).items():
        # Without alternatives, without glossaries, or without a wait.
        least = 0 if name in ("alternatives", "terms", "wait") else 1
        if not least <= value < float("inf"):
            raise UserError(f"--{name.replace('_', '-')} {value}: is no number from {least} upwards")
    if options.threads < 1:
        raise UserError(f"--threads {options.threads}: is less than 1")
    return limits


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port < 65_536:
        raise UserError(f"--port {port}: is no number from 0 to 65535")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address, family=family, backlog=512)
    except OSError as error:
        raise UserError(
            f"{host}:{port}: cannot be listened at ({error.strerror}); choose another --host or --port"
        ) from error
