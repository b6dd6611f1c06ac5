"""A site's profile: what it changes, and how a mistake in it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from cds.assess import build_assessor
from cds.cli import app
from cds.errors import SiteProfileError
from cds.settings import Settings
from tests.criteria.rows import assess, configured, criterion_in
from tests.fhir import TRIAL as DLI_TRIAL
from tests.fhir import amount, loinc, measured, observation
from tests.multi_car_t import TRIAL, candidate

RUN = CliRunner()


def refused(tmp_path: Path, **content: Any) -> str:
    with pytest.raises(SiteProfileError) as caught:
        configured(tmp_path, site=content)
    return str(caught.value)


def test_a_wrong_key_is_refused_with_the_nearest_right_one(tmp_path: Path) -> None:
    assert "did you mean 'settings'" in refused(tmp_path, version="1", setings={"lvef_days": 28})


def test_a_wrong_key_deep_inside_is_named_with_its_path(tmp_path: Path) -> None:
    text = refused(
        tmp_path, version="1", upper_limits={"laboratory": "L", "version": "1", "limits": [{"loinc_code": "2160-0"}]}
    )

    assert "upper_limits.limits.0.loinc_code" in text
    assert "did you mean 'loinc'" in text


def test_a_wrong_setting_is_refused_with_the_nearest_right_one(tmp_path: Path) -> None:
    assert "did you mean 'lvef_days'" in refused(tmp_path, version="1", settings={"lvef_day": 28})


def test_a_setting_of_another_kind_is_refused(tmp_path: Path) -> None:
    assert "lvef_days" in refused(tmp_path, version="1", settings={"lvef_days": "long"})


@pytest.mark.parametrize(
    ("setting", "value"), [("lvef_days", 91), ("performance_days", 6), ("serology_days", 120), ("mrd_days", 43)]
)
def test_a_window_outside_the_allowed_range_is_refused(setting: str, value: int, tmp_path: Path) -> None:
    assert "must be from" in refused(tmp_path, version="1", settings={setting: value})


def test_a_choice_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert "classic, modified" in refused(tmp_path, version="1", settings={"grfs_variant": "modern"})


def test_a_profile_without_a_version_is_refused(tmp_path: Path) -> None:
    assert "version" in refused(tmp_path, settings={})


def test_an_unknown_trial_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    text = refused(tmp_path, version="1", recruitment={"NCT05262637": {"state": "open"}})

    assert "did you mean 'NCT05262673'" in text


@pytest.mark.parametrize(
    ("name", "on", "criterion", "setting"),
    [
        ("lvef", "2026-04-01", "I5a", {"lvef_days": 61}),
        ("spo2", "2026-05-22", "I5b", {"spo2_days": 10}),
        ("haemoglobin", "2026-05-20", "I6", {"hemoglobin_days": 12}),
        ("karnofsky", "2026-05-10", "I4a", {"performance_days": 22}),
        ("creatinine", "2026-05-10", "I5c", {"chemistry_days": 22}),
        ("hiv", "2026-04-01", "E3", {"serology_days": 61}),
    ],
)
def test_a_longer_window_makes_an_old_result_count(
    name: str, on: str, criterion: str, setting: dict[str, int], tmp_path: Path
) -> None:
    chart = candidate().changed(name, effectiveDateTime=on)
    service = configured(tmp_path, site={"version": "1", "settings": setting})

    assert criterion_in(assess(chart), criterion, TRIAL)["reason"] == "stale"
    assert criterion_in(assess(chart, service=service), criterion, TRIAL)["outcome"] == "pass"


def test_the_fertile_ages_are_the_sites_in_both_trials(tmp_path: Path) -> None:
    woman = candidate().changed("1", gender="female", birthDate="1972-02-14")
    service = configured(tmp_path, site={"version": "1", "settings": {"menopause_age": 50}})

    for trial, criterion in ((TRIAL, "E4"), (DLI_TRIAL, "I6")):
        assert criterion_in(assess(woman), criterion, trial)["outcome"] == "unknown"
        assert criterion_in(assess(woman, service=service), criterion, trial)["outcome"] == "pass"


def limits(*, enabled: bool) -> dict[str, Any]:
    entries = [
        {"loinc": "1742-6", "sex": "male", "age_from": 18, "high": 41, "unit": "U/L"},
        {"loinc": "1742-6", "sex": "female", "age_from": 18, "high": 33, "unit": "U/L"},
    ]
    table = {"laboratory": "Central", "version": "2026-1", "enabled": enabled, "limits": entries}
    return {"version": "1", "upper_limits": table}


@pytest.mark.parametrize(
    ("table", "gender", "outcome"),
    [("off", "male", "unknown"), ("on", "male", "pass"), ("on", "female", "fail"), ("on", "unknown", "unknown")],
)
def test_the_sites_upper_limits_are_used_only_when_enabled(
    table: str, gender: str, outcome: str, tmp_path: Path
) -> None:
    """ALT 100 U/L without a range: 2.44 times the limit of men, 3.03 times that of women."""
    chart = candidate().changed("1", gender=gender)
    chart = chart.having(observation("alt", loinc("1742-6"), "2026-05-28", **measured(100, "U/L")))

    found = criterion_in(assess(chart, service=configured(tmp_path, site=limits(enabled=table == "on"))), "I5d", TRIAL)

    assert found["outcome"] == outcome


def test_a_results_own_limit_goes_before_the_sites(tmp_path: Path) -> None:
    alt = observation("alt", loinc("1742-6"), "2026-05-28", **measured(100, "U/L"))
    chart = candidate().having(alt | {"referenceRange": [{"high": amount(33, "U/L")}]})

    found = criterion_in(assess(chart, service=configured(tmp_path, site=limits(enabled=True))), "I5d", TRIAL)

    assert found["outcome"] == "fail"


def test_a_code_of_the_profile_is_mapped(tmp_path: Path) -> None:
    entry = {"system": "urn:lab", "code": "EF", "concept": "lvef"}
    chart = candidate().changed("lvef", code={"coding": [{"system": "urn:lab", "code": "EF"}]})

    service = configured(tmp_path, site={"version": "1", "codes": [entry]})

    assert criterion_in(assess(chart), "I5a", TRIAL)["outcome"] == "unknown"
    assert criterion_in(assess(chart, service=service), "I5a", TRIAL)["outcome"] == "pass"


def test_the_command_shows_what_a_profile_changes(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump({"version": "2026-4", "settings": {"lvef_days": 60}}), encoding="utf-8")

    ran = RUN.invoke(app, ["site", "check", str(path)])

    assert ran.exit_code == 0
    assert "2026-4" in ran.output
    assert "lvef_days" in ran.output


def test_the_command_lists_every_setting_of_every_trial() -> None:
    names = {name for trial in build_assessor(Settings()).trials for name in trial.settings}

    output = RUN.invoke(app, ["site", "settings"]).output

    assert sorted(name for name in names if name not in output) == []
