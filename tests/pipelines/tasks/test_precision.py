import pytest

from pipelines.run import Run
from pipelines.tasks import precision
from pipelines.tasks.precision import choose_precision, chosen_precision
from pipelines.tasks.translation.config import TranslationConfig


@pytest.fixture
def run(tmp_path) -> Run:
    return Run.create(tmp_path / "run", "translation", ("es", "en"), None, TranslationConfig())


@pytest.fixture
def machine(monkeypatch):
    """Sets what is fast on the machine."""
    return lambda fast: monkeypatch.setattr(precision, "fast_precision", lambda: fast)


@pytest.mark.parametrize(("here", "elsewhere"), [("bfloat16", "float32"), ("float32", "bfloat16")])
def test_what_a_run_began_with_stays_on_every_machine(run, machine, here, elsewhere):
    machine(here)
    choose_precision(run, "auto")
    machine(elsewhere)
    assert chosen_precision(Run.open(run.path, {"translation": TranslationConfig}, trained=False), "auto") == here


@pytest.mark.parametrize("setting", ["float32", "bfloat16"])
def test_a_setting_is_not_chosen(run, machine, setting):
    machine("never asked")
    choose_precision(run, setting)
    assert chosen_precision(run, setting) == setting
    assert not run.file("machine.json").exists()


def test_where_nothing_was_chosen_the_machine_is_asked(run, machine):
    machine("bfloat16")
    assert chosen_precision(run, "auto") == "bfloat16"
