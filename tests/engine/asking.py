"""Questions for the engine's processes, and stand-ins for the program that runs in them."""

from __future__ import annotations

import sys
from decimal import Decimal

from rules.evaluation import Case, Evaluator, evaluate_all
from rules.facts import Interval, Known, Reason
from rules.packs import built_in_folders, load_trial, with_organ_function_tests
from rules.programme import Runner
from rules.verdict import Outcome

TRIAL = with_organ_function_tests(load_trial({f.name: f for f in built_in_folders()}["NCT07441291"]), None)


def stand_in(code: str) -> tuple[str, ...]:
    """The engine's program with something else done to each round: `code` sees `asked` and may return answers."""
    lines = "\n".join(f"    {line}" for line in code.splitlines())
    program = f"""
import collections, itertools, os, signal, time
from rules import sidecar
real = sidecar.InProcess.solve
def solve(self, asked):
{lines}
    return real(self, asked)
sidecar.InProcess.solve = solve
sidecar.main()
"""
    return (sys.executable, "-c", program)


CRASHES = stand_in("os.kill(os.getpid(), signal.SIGSEGV)")


def engine_on(runner: Runner) -> Evaluator:
    return Evaluator(TRIAL, "enrol", runner)


def age_is_met(engine: Evaluator, years: int) -> bool | None:
    """Whether I1 (age 3 to under 80) holds; None when the engine could not tell of anything."""
    [ask] = [ask for ask in engine.asks if ask.fact == "age_years"]
    facts = {ask: Known(Interval.exactly(Decimal(years)), f"{years} years")}
    [verdict] = evaluate_all([Case(engine, facts)])
    if {finding.reason for finding in verdict.findings} == {Reason.ENGINE}:
        return None
    [finding] = [finding for finding in verdict.findings if finding.criterion.id == "I1"]
    assert finding.outcome is not Outcome.UNKNOWN
    return finding.outcome is Outcome.PASS
