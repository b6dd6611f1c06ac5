"""The engine's processes: what a crash, a hang or a wrong answer costs, and what it does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import pytest

from rules.cases import load_cases, run
from rules.engine import InProcess
from rules.errors import EngineFault
from rules.evaluation import Evaluator, faults
from rules.packs import built_in_folders, load_trial, with_organ_function_tests
from rules.programme import Conclusion, Programme
from rules.sidecar_process import COMMAND, ENVIRONMENT
from rules.sidecars import Sidecars
from tests.engine.asking import CRASHES, age_is_met, engine_on, stand_in
from tests.engine.processes import children, wait_until


@contextmanager
def running(*command: str, size: int = 2, deadline: float = 5.0) -> Iterator[tuple[Sidecars, Evaluator]]:
    """Processes with one trial's enrolment loaded. The deadline is long, since test machines are busy."""
    sidecars = Sidecars(size, deadline, command or COMMAND)
    engine = engine_on(sidecars)
    sidecars.start()
    try:
        wait_until(lambda: sidecars.state().processes == size)
        yield sidecars, engine
    finally:
        sidecars.stop()


@pytest.mark.parametrize("folder", built_in_folders(), ids=lambda folder: folder.name)
def test_another_process_concludes_what_this_one_does(folder) -> None:  # type: ignore[no-untyped-def]
    """Every case of the shipped packs, word for word."""
    trial = with_organ_function_tests(load_trial(folder), None)
    sidecars, here = Sidecars(), InProcess()
    pairs = [(Evaluator(trial, q.question, sidecars), Evaluator(trial, q.question, here)) for q in trial.questions]
    try:
        for case in load_cases(folder, trial):
            for there_engine, here_engine in pairs:
                if any(c.id == case.criterion for c in trial.question(here_engine.name).criteria):
                    assert run(there_engine, case) == run(here_engine, case)
    finally:
        sidecars.stop()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM], ids=lambda how: how.name)
def test_a_process_that_dies_while_nobody_asks_costs_no_answer(how: signal.Signals) -> None:
    others = set(children(os.getpid()))
    with running() as (sidecars, engine):
        ours = set(children(os.getpid())) - others
        for pid in ours:
            os.kill(pid, how)
        wait_until(lambda: all(children(os.getpid()).get(pid, "Z") == "Z" for pid in ours))
        assert [age_is_met(engine, years) for years in (2, 3, 79, 80)] == [False, True, True, False]
        wait_until(lambda: sidecars.state().processes == 2)
        assert sidecars.state().state == "up"
        wait_until(lambda: not ours & set(children(os.getpid())))


def test_a_crash_costs_the_one_who_was_asked_about() -> None:
    crashes_on_ten = stand_in("'\"lo\":10.0' in str(asked) and os.kill(os.getpid(), signal.SIGSEGV)")
    with running(*crashes_on_ten) as (sidecars, engine):
        before = faults()
        answers = [age_is_met(engine, years) for years in (9, 10, 11, 2)]

        assert answers == [True, None, True, False]
        assert faults() == before + 1
        assert sidecars.state().lost == 1
        wait_until(lambda: sidecars.state().processes == 2)


def test_a_hang_that_keeps_the_processor_ends_itself_with_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    """A loop in C that never lets go: no Python code could end it."""
    with running(*stand_in("collections.deque(itertools.repeat(0), 0)"), deadline=30) as (_, engine):
        assert age_is_met(engine, 10) is None
    assert "in solve" in capfd.readouterr().err


def test_a_hang_that_sleeps_is_ended_at_the_deadline() -> None:
    with running(*stand_in("time.sleep(60)"), deadline=0.3) as (sidecars, engine):
        began = time.monotonic()
        assert age_is_met(engine, 10) is None
        assert time.monotonic() - began < 2
        wait_until(lambda: sidecars.state().processes == 2)


def test_one_slow_question_does_not_hold_up_the_others() -> None:
    with (
        running(*stand_in("'\"lo\":10.0' in str(asked) and time.sleep(2)")) as (_, engine),
        ThreadPoolExecutor(1) as pool,
    ):
        slow = pool.submit(age_is_met, engine, 10)
        time.sleep(0.2)
        began = time.monotonic()
        assert all(age_is_met(engine, years) for years in range(20, 60))
        assert time.monotonic() - began < 1.5
        assert slow.result() is True


def test_threads_that_ask_at_once_never_get_each_others_answers() -> None:
    with running() as (_, engine), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda years: age_is_met(engine, years), [n % 100 for n in range(2_000)]))
    assert answers == [3 <= n % 100 < 80 for n in range(2_000)]


@pytest.mark.parametrize(
    "code",
    [
        "return []",
        "return list(real(self, asked)) * 2",
        "os.write(0, b'\\0\\0\\0\\1x')",
        "os.write(0, b'\\0\\0\\0\\2\\x92\\x63')",
        "os._exit(0)",
    ],
)
def test_an_answer_that_is_none_is_not_believed(code: str) -> None:
    with running(*stand_in(code)) as (_, engine):
        assert age_is_met(engine, 10) is None


def test_crashing_again_and_again_does_not_keep_the_machine_busy() -> None:
    with running(*CRASHES) as (sidecars, engine):
        asked, began = count(), time.monotonic()
        while sidecars.state().lost < 9 or sidecars.state().state != "down":
            assert age_is_met(engine, next(asked)) is None
        # Two processes may be lost at nearly the same moment, and then share a pause.
        assert time.monotonic() - began > 0.1 + 0.2 + 0.4, "the more were lost, the longer the pause"
        before = time.monotonic()
        assert age_is_met(engine, next(asked)) is None
        assert time.monotonic() - before < 1, "while none is left, questions fail at once"


def test_a_patient_who_crashed_the_engine_twice_is_not_put_to_it_again() -> None:
    with running(*CRASHES) as (sidecars, engine):
        answers = [age_is_met(engine, 10) for _ in range(20)]

        assert answers == [None] * 20
        assert sidecars.state().lost == 2


def test_a_program_that_does_not_start_is_said_so_at_the_start() -> None:
    sidecars = Sidecars(command=(sys.executable, "-c", ""))
    engine_on(sidecars)
    with pytest.raises(EngineFault, match="does not start"):
        sidecars.start()


def test_rules_that_the_engine_refuses_are_said_so_at_the_start() -> None:
    sidecars = Sidecars()
    sidecars.add(
        Programme("bad", '{"r":{"all":[{"m":{"$nonsense":{"a":1}}}]}}', ("leaves", "outcomes", "standing"), 0, (), ())
    )
    with pytest.raises(EngineFault, match="refuses"):
        sidecars.start()


def test_stopped_processes_leave_nothing_behind_and_start_again_when_asked() -> None:
    before = set(children(os.getpid()))
    with running() as (sidecars, engine):
        assert len(set(children(os.getpid())) - before) == 2
        sidecars.stop()
        assert set(children(os.getpid())) <= before
        assert age_is_met(engine, 10) is True
    assert set(children(os.getpid())) <= before


FORKING = """
import os, sys
from rules.sidecars import Sidecars
from tests.engine.asking import age_is_met, engine_on
sidecars = Sidecars()
engine = engine_on(sidecars)
assert age_is_met(engine, 10) is True
theirs = {process.pid for process in sidecars._free}
child = os.fork()
ours_are_right = all(age_is_met(engine, years) is (3 <= years < 80) for _ in range(20) for years in range(100))
if child == 0:
    os._exit(0 if ours_are_right and not theirs & {process.pid for process in sidecars._free} else 1)
sys.exit(0 if os.waitpid(child, 0)[1] == 0 and ours_are_right else 1)
"""


def test_after_a_fork_each_process_asks_its_own() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING], check=False, timeout=60)  # noqa: S603
    assert done.returncode == 0


def test_the_program_is_light() -> None:
    """What a restart must load: the engine, and neither pack reader nor web server."""
    code = "import rules.sidecar, sys; print(*sys.modules)"
    loaded = subprocess.run(  # noqa: S603
        [sys.executable, "-s", "-P", "-c", code], env=dict(ENVIRONMENT), check=True, capture_output=True, text=True
    ).stdout.split()
    assert "durable_rules_engine" in loaded
    assert not {"pydantic", "yaml", "babel", "fastapi", "starlette", "fhir", "sqlalchemy", "cds"} & set(loaded)


def test_something_else_is_done_while_the_process_is_at_work() -> None:
    """Were it done before or after, both would take their time in turn."""
    with running(*stand_in("time.sleep(0.5)")) as (sidecars, engine):
        began, done = time.monotonic(), count(1)
        [answer] = sidecars.solve([engine.posed([], {})], lambda: time.sleep(0.5 * next(done)))
        assert time.monotonic() - began < 0.9
        assert isinstance(answer, Conclusion)
        assert next(done) == 2, "it was done once"


def test_what_fails_meanwhile_is_the_callers_and_the_next_patient_is_right() -> None:
    with running() as (sidecars, engine):

        def fails() -> None:
            raise LookupError("of the caller")

        for runner in (sidecars, InProcess()):
            asked = engine_on(runner) if isinstance(runner, InProcess) else engine
            with pytest.raises(LookupError, match="of the caller"):
                runner.solve([asked.posed([], {})], fails)
        assert [age_is_met(engine, years) for years in (2, 3, 79, 80)] == [False, True, True, False]
