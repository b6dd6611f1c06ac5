"""One process with the engine in it, as the service sees it: started, asked, ended."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from rules.errors import EngineFault
from rules.frames import ANSWER, READY, Answer, Question, Setup, receive, send
from rules.programme import Conclusion, Failed, Meanwhile, Posed, Programme

COMMAND = (sys.executable, "-s", "-P", "-m", "rules.sidecar")
# Nothing of the service's own environment, in which there are secrets. glibc gives memory back after each session of
# the engine and faults it in again; kept, a round takes less time.
ENVIRONMENT: Mapping[str, str] = {
    "PYTHONPATH": str(Path(__file__).parents[1]),
    "MALLOC_TRIM_THRESHOLD_": "536870912",
    "MALLOC_MMAP_THRESHOLD_": "536870912",
    "MALLOC_TOP_PAD_": "16777216",
}
START_SECONDS, MOST_DEADLINES = 10.0, 8


class Lost(Exception):  # noqa: N818 - the process is lost; that is no error of the caller
    """The process died, did not answer in time, or answered something else. Its text says which."""


@contextmanager
def _failures_as_lost() -> Iterator[None]:
    """What talking to the process may raise, as Lost."""
    try:
        yield
    except TimeoutError as error:
        raise Lost("no answer in time") from error
    except (EOFError, OSError) as error:
        raise Lost("died") from error
    except ValueError as error:
        raise Lost("answered something else") from error


class SidecarProcess:
    """One caller at a time. It must be ended, also when it was lost."""

    def __init__(self, programmes: Sequence[Programme], command: Sequence[str], deadline: float) -> None:
        """Start it and wait until it has loaded. Raises EngineFault for what the engine refuses, Lost, OSError."""
        self._serial = count()
        self._channel, theirs = socket.socketpair()
        try:
            with theirs:
                # A group of its own: Ctrl+C is for the service, which ends it.
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=ENVIRONMENT, cwd="/", process_group=0
                )
        except BaseException:
            self._channel.close()
            raise
        try:
            self._load(programmes)
            self._channel.settimeout(deadline)
        except BaseException:
            self.end()
            raise

    def _load(self, programmes: Sequence[Programme]) -> None:
        self._channel.settimeout(START_SECONDS)
        try:
            send(self._channel, Setup(tuple(programmes)))
            refused = receive(self._channel, READY).refused
        except (EOFError, ValueError, TimeoutError, ConnectionError) as error:
            raise Lost("did not start") from error
        if refused:
            raise EngineFault(refused)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, posed: Sequence[Posed], meanwhile: Meanwhile | None = None) -> Sequence[Conclusion | Failed]:
        """One round of questions. Raises Lost, and what `meanwhile` raises; the process must be ended then."""
        serial = next(self._serial)
        with _failures_as_lost():
            send(self._channel, Question(serial, tuple(posed)))
        if meanwhile is not None:
            meanwhile()
        with _failures_as_lost():
            answer = self._answer()
        if answer.serial != serial or len(answer.answers) != len(posed):
            raise Lost("answered another question")
        return answer.answers

    def _answer(self) -> Answer:
        """On a machine that has no time for the process, more than one deadline. Raises as `receive`."""
        for _ in range(MOST_DEADLINES - 1):
            try:
                return receive(self._channel, ANSWER)
            except TimeoutError:
                if not self._waits_for_processor():
                    raise
        return receive(self._channel, ANSWER)

    def _waits_for_processor(self) -> bool:
        """Runnable (R) or reading from a disk (D): then its own timer ends what takes too long. Linux only."""
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
        except OSError:
            return False
        return state in "RD"

    def end(self) -> int:
        """Kill it and leave no zombie. Returns its exit code, which is minus the signal that ended it."""
        self._channel.close()
        self._process.kill()
        return self._process.wait()

    def leave(self) -> None:
        """It is another process's: after a fork it belongs to the parent, and is only let go."""
        self._channel.close()
        self._process.returncode = 0
