from benchmarks.jobs import alternate_jobs


def test_jobs_run_in_turns_and_the_first_round_does_not_count(monkeypatch):
    # Each call of a job takes what the clock says between two looks at it.
    seconds, called, now = {"a": [100.0, 1.0, 3.0, 2.0], "b": [100.0, 5.0, 5.0, 50.0]}, [], [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])

    def job(name: str) -> None:
        called.append(name)
        now[0] += seconds[name][called.count(name) - 1]

    assert alternate_jobs({name: lambda name=name: job(name) for name in seconds}, 3) == {"a": 2.0, "b": 5.0}
    assert called == ["a", "b"] * 4
