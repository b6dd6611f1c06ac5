"""The engine in processes of its own: a crash or a hang in it costs the patient who was asked about, and nobody else.

A few processes stand ready; a round of questions takes whichever is free. One that dies, or does not answer in time, is
replaced by a keeper thread: at once, and after several losses within a minute more and more slowly, so that the machine
is not kept busy with crashes. While none is left and the next one has to wait, questions fail at once.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections import deque
from collections.abc import Sequence
from time import monotonic
from typing import Literal

from rules.errors import EngineFault
from rules.programme import Conclusion, EngineState, Failed, Meanwhile, Posed, Programme
from rules.sidecar_process import COMMAND, Lost, SidecarProcess
from rules.suspects import Suspects

# A round takes about a millisecond; the process ends itself after 0.25 s of processor time (rules/sidecar.py).
DEADLINE = 0.5
AT_ONCE, WINDOW, FIRST_PAUSE, LONGEST_PAUSE = 4, 60.0, 0.1, 5.0
_log = logging.getLogger("trial_hooks.rules")


class Sidecars:
    """A runner. May be used from any thread; as many rounds at once as there are processes."""

    def __init__(self, size: int = 2, deadline: float = DEADLINE, command: Sequence[str] = COMMAND) -> None:
        self._size, self._deadline, self._command = size, deadline, command
        self._programmes: list[Programme] = []
        self._suspects = Suspects()
        self._reset()
        forget = weakref.WeakMethod(self._leave_to_parent)
        os.register_at_fork(after_in_child=lambda: (method := forget()) and method())

    def _reset(self) -> None:
        self._changed = threading.Condition()
        self._keeper: threading.Thread | None = None
        self._free: list[SidecarProcess] = []
        self._busy: set[SidecarProcess] = set()
        self._dead: list[SidecarProcess] = []
        self._starting = self._lost = 0
        self._losses: deque[float] = deque(maxlen=64)
        self._next_start = 0.0

    def add(self, programme: Programme) -> int:
        if self._keeper is not None:
            raise EngineFault("the engine's processes have started; programmes are added before")
        self._programmes.append(programme)
        return len(self._programmes) - 1

    def start(self) -> None:
        """Start the first process, and leave the others to the keeper; does nothing when that was done.

        Raises EngineFault when it does not start or refuses a programme.
        """
        with self._changed:
            if self._keeper is not None:
                return
            try:
                self._free.append(self._made())
            except (Lost, OSError) as error:
                raise EngineFault("the engine's process does not start; its reason is on standard error") from error
            self._keeper = threading.Thread(target=self._keep, name="engine-keeper", daemon=True)
            self._keeper.start()

    def stop(self) -> None:
        """End all processes. A question that comes later starts them again."""
        with self._changed:
            keeper, ending = self._keeper, [*self._free, *self._dead]
            self._keeper, self._free, self._dead = None, [], []
            self._changed.notify_all()
        if keeper is not None:
            keeper.join()
        for process in ending:
            process.end()

    def state(self) -> EngineState:
        with self._changed:
            alive = len(self._busy) + sum(process.is_alive() for process in self._free)
            held_back = alive + self._starting < self._size and self._next_start > monotonic()
            state: Literal["up", "backing_off", "down"] = "up"
            if held_back:
                state = "backing_off" if alive else "down"
            return EngineState(state, alive, self._lost)

    def solve(self, posed: Sequence[Posed], meanwhile: Meanwhile | None = None) -> Sequence[Conclusion | Failed]:
        """One round of questions about one patient, which costs at most the deadline."""
        if self._suspects.hold(posed):
            return [Failed("these facts were lost with the engine's process before")] * len(posed)
        try:
            process = self._taken()
        except EngineFault as fault:
            return [Failed(str(fault))] * len(posed)
        try:
            answers = process.ask(posed, meanwhile)
        except Lost as lost:
            self._suspects.note(posed)
            self._lose(process)
            return [Failed(f"the engine's process was lost: {lost}")] * len(posed)
        except BaseException:
            self._lose(process)
            raise
        self._give_back(process)
        return answers

    def _give_back(self, process: SidecarProcess) -> None:
        with self._changed:
            self._busy.discard(process)
            if self._keeper is not None:
                self._free.append(process)
                self._changed.notify()
                return
        process.end()

    def _taken(self) -> SidecarProcess:
        """A free process, waiting for one if need be. Raises EngineFault when there will be none soon."""
        self.start()
        end = monotonic() + 2 * self._deadline
        with self._changed:
            while True:
                while self._free:
                    process = self._free.pop()
                    if process.is_alive():
                        self._busy.add(process)
                        return process
                    self._note_loss(process)
                now = monotonic()
                if not self._busy and not self._starting and self._next_start > now:
                    raise EngineFault("no process of the engine is left; the next one is held back")
                if now >= end:
                    raise EngineFault("no process of the engine was free in time")
                self._changed.wait(end - now)

    def _lose(self, process: SidecarProcess) -> None:
        with self._changed:
            self._busy.discard(process)
            self._note_loss(process)

    def _note_loss(self, process: SidecarProcess | None) -> None:
        """Under the lock. The keeper ends what is left of it and starts another."""
        now = monotonic()
        self._lost += 1
        self._losses.append(now)
        recent = sum(now - moment < WINDOW for moment in self._losses)
        pause = min(FIRST_PAUSE * 2 ** (recent - AT_ONCE - 1), LONGEST_PAUSE) if recent > AT_ONCE else 0.0
        self._next_start = now + pause
        if process is not None:
            self._dead.append(process)
        self._changed.notify_all()

    def _made(self) -> SidecarProcess:
        return SidecarProcess(self._programmes, self._command, self._deadline)

    def _keep(self) -> None:
        """The keeper: ends what died, starts what is missing, until `stop`."""
        me = threading.current_thread()
        while True:
            with self._changed:
                while self._keeper is me and not self._dead and not self._may_start():
                    self._changed.wait(self._until_start())
                if self._keeper is not me:
                    return
                dead, self._dead = self._dead, []
                starting = self._may_start()
                self._starting += starting
            for process in dead:
                _log.error("the engine's process %d ended with %d", process.pid, process.end())
            if starting:
                self._start_one(me)

    def _start_one(self, me: threading.Thread) -> None:
        made: SidecarProcess | None = None
        try:
            made = self._made()
        except (EngineFault, Lost, OSError) as error:
            _log.error("the engine's process does not start: %s", type(error).__name__)
        with self._changed:
            self._starting -= 1
            if made is None:
                self._note_loss(None)
            elif self._keeper is me:
                self._free.append(made)
                self._changed.notify_all()
                return
        if made is not None:
            made.end()

    def _may_start(self) -> bool:
        return self._missing() > 0 and self._next_start <= monotonic()

    def _until_start(self) -> float | None:
        return max(self._next_start - monotonic(), 0.001) if self._missing() > 0 else None

    def _missing(self) -> int:
        return self._size - len(self._free) - len(self._busy) - self._starting

    def _leave_to_parent(self) -> None:
        """After a fork: the processes are the parent's; this one starts its own when it is asked."""
        for process in (*self._free, *self._busy, *self._dead):
            process.leave()
        self._reset()
