"""The engine by itself and the decoder by itself: processor time of one thread, in microseconds, medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from bench.bodies import DAY, KINDS, SIZES, body
from cds.assess import Assessor, build_assessor
from cds.settings import Settings
from hooks.wire import prefetch_of, read_request
from rules.evaluation import Case, Evaluator, evaluate_all
from rules.facts import Fact, Interval, Known, Reason, Unknown
from rules.packs import built_in_folders, load_trial
from rules.programme import Runner
from rules.sidecars import Sidecars
from rules.trial import Trial

CRITERIA = (5, 10, 20, 40, 80)
FACTS = (0, 10, 20, 30, 40)
QUANTITIES = ("age_years", "ecog", "marrow_blast_pct", "post_hsct_mrd_flow_cd19_pct")


def cpu_us(work: Callable[[], object], times: int) -> float:
    """Median processor time of this thread."""
    taken = []
    for _ in range(times):
        began = time.thread_time_ns()
        work()
        taken.append((time.thread_time_ns() - began) / 1000)
    return statistics.median(taken)


def engine(times: int = 200) -> dict[str, dict[str, float]]:
    """µs per patient: by criteria (all facts known), by known facts of 40, and by size of the chart (both trials)."""
    return {
        "criteria": {str(n): _synthetic(n, n, times) for n in CRITERIA},
        "facts": {str(n): _synthetic(40, n, times) for n in FACTS},
        "chart": {size: cpu_us(lambda cases=cases: evaluate_all(cases), times) for size, cases in charts()},
    }


def isolation(times: int = 400) -> dict[str, dict[str, float]]:
    """Both trials of one candidate, in this process and in one of its own: µs of processor (here) and of wall time."""
    sidecars = Sidecars()
    rows = {}
    for name, assessor in (("in process", _assessor()), ("own process", build_assessor(Settings(), sidecars))):
        cases = _cases(assessor, "m")
        evaluate_all(cases)
        walls = []
        for _ in range(times):
            began = time.perf_counter_ns()
            evaluate_all(cases)
            walls.append((time.perf_counter_ns() - began) / 1000)
        rows[name] = {
            "cpu_us": cpu_us(lambda cases=cases: evaluate_all(cases), times),
            "wall_us": statistics.median(walls),
        }
    sidecars.stop()
    return rows


Asked = Callable[[], Sequence[object]]


def asked_on(runner: Runner) -> Asked:
    """One round of questions to this runner: both trials of a candidate, prepared."""
    cases = _cases(build_assessor(Settings(), runner), "m")
    posed = [case.engine.posed(case.engine.filled(case.facts), case.answers) for case in cases]
    return lambda: runner.solve(posed)


def decoder(times: int = 20) -> dict[str, dict[str, float]]:
    """µs per body: parsing all of it, sorting it into what is needed, and a whole assessment in this process."""
    assessor, rows = _assessor(), {}
    for size in SIZES:
        for kind in KINDS:
            content, name = body(size, kind), f"{size} {kind}"

            def decoded(content: bytes = content) -> Any:
                return prefetch_of(read_request(content, "patient-view"), content)

            patient = orjson.loads(content)["context"]["patientId"]

            def assessed(patient: str = patient, decoded: Callable[[], Any] = decoded) -> Any:
                return assessor.assess_material(decoded(), patient_id=patient, as_of=DAY)

            rows[name] = {
                "orjson": cpu_us(lambda content=content: orjson.loads(content), times),
                "decoder": cpu_us(decoded, times),
                "assessment": cpu_us(assessed, times),
            }
    return rows


def _assessor() -> Assessor:
    return build_assessor(Settings())


def charts() -> Iterator[tuple[str, list[Case]]]:
    """By size, the questions about a candidate."""
    assessor = _assessor()
    return ((size, _cases(assessor, size)) for size in SIZES)


def _cases(assessor: Assessor, size: str) -> list[Case]:
    """The questions that a whole assessment of the candidate puts to the engine."""
    content = body(size, "candidate")
    patient = orjson.loads(content)["context"]["patientId"]
    material = prefetch_of(read_request(content, "patient-view"), content)
    asked = assessor.open_material(material, patient_id=patient, as_of=DAY).asked
    return [Case(each.engine, each.facts, each.answers.counted) for each in asked]


def _synthetic(criteria: int, known: int, times: int) -> float:
    """A pack of this many criteria, each with a fact of its own, of which some are known."""
    made = Evaluator(_pack(criteria), "enrol")
    facts: Mapping[Any, Fact] = {
        ask: Known(Interval.exactly(Decimal(20)), "20") if number < known else Unknown(Reason.MISSING, "nothing")
        for number, ask in enumerate(made.asks)
    }
    return cpu_us(lambda: made.evaluate(facts), times)


def _pack(criteria: int) -> Trial:
    base = load_trial(built_in_folders()[0])
    made = [
        {
            "id": f"I{number}",
            "kind": "inclusion",
            "title": "t",
            "quote": "q",
            "reading": "r",
            "when": {"fact": QUANTITIES[number % 4], "op": ">=", "value": Decimal(10), "window": number + 1},
        }
        for number in range(criteria)
    ]
    return Trial.model_validate(
        {**base.model_dump(exclude={"questions"}), "questions": [{"question": "enrol", "criteria": made}]}
    )
