"""What the benchmark measures is what it says: sizes, and a candidate who goes through every criterion."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from bench.bodies import DAY, KINDS, SIZES, body, bundle
from cds.assess import build_assessor
from cds.settings import Settings
from rules.verdict import Outcome, Standing

BYTES = {"s": 52_000, "m": 388_000, "l": 2_800_000}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_a_body_has_its_size(size: str, kind: str) -> None:
    assert len(orjson.loads(bundle(size, kind))["entry"]) == SIZES[size]
    assert len(body(size, kind)) == pytest.approx(BYTES[size], rel=0.35 if size == "s" else 0.1)


@pytest.mark.parametrize("size", ["s", "m"])
def test_a_candidate_has_data_for_every_criterion_of_both_trials(size: str, tmp_path: Path) -> None:
    assessor = build_assessor(Settings(state=tmp_path))
    verdicts = {
        trial.trial.id: trial.verdicts[0]
        for trial in assessor.assess_bundle(bundle(size, "candidate"), as_of=DAY).trials
    }
    assert {name: verdict.standing for name, verdict in verdicts.items()} == {
        "NCT05262673": Standing.POTENTIALLY_ELIGIBLE,
        "NCT07441291": Standing.POTENTIALLY_ELIGIBLE,
    }
    assert {finding.outcome for verdict in verdicts.values() for finding in verdict.findings} == {Outcome.PASS}


@pytest.mark.parametrize("size", ["s", "m"])
def test_an_outside_patient_is_asked_about_nothing(size: str, tmp_path: Path) -> None:
    assessor = build_assessor(Settings(state=tmp_path))
    trials = assessor.assess_bundle(bundle(size, "outside"), as_of=DAY).trials
    assert all(verdict.findings == () for trial in trials for verdict in trial.verdicts)
