import json

import numpy as np

from benchmarks.peers.edge_hypotheses import BEAM, GREEDY, GREEDY_CTC, main
from benchmarks.speech import synthetic_sound
from edge.recognizer import Recognizer
from edge.search.options import SearchOptions


def test_it_finds_what_a_recognizer_finds(toy_recognizer, tmp_path, capsys):
    sounds = [synthetic_sound(8000, seconds) for seconds in (0.5, 1.7)]
    np.savez(tmp_path / "sounds.npz", *sounds)
    main(str(toy_recognizer), str(tmp_path / "sounds.npz"))
    found = json.loads(capsys.readouterr().out)["found"]
    recognizer = Recognizer(toy_recognizer)
    expected = {
        GREEDY_CTC: recognizer.transcribe_all(sounds, greedy_ctc=True),
        "beam 1": recognizer.transcribe_all(sounds, SearchOptions()),
        "beam 5": recognizer.transcribe_all(sounds, SearchOptions(beam=5)),
        GREEDY: recognizer.transcribe_all(sounds, SearchOptions(ctc_weight=0.0)),
        BEAM: recognizer.transcribe_all(sounds, SearchOptions(beam=5, ctc_weight=0.0)),
    }
    assert found.keys() == expected.keys()
    for name, transcripts in expected.items():
        texts = [recognizer.components.target.decode(each["tokens"]) for each in found[name]]
        assert texts == [transcript.text for transcript in transcripts], name
