"""The engine's measurement asks what an assessment asks: one question of each trial about a candidate."""

from __future__ import annotations

from bench.alone import charts


def test_a_candidate_of_every_size_has_a_question_of_each_trial() -> None:
    found = {size: {case.engine.trial.id for case in cases} for size, cases in charts()}

    assert found == {size: {"NCT05262673", "NCT07441291"} for size in ("s", "m", "l")}
