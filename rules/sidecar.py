"""`python -m rules.sidecar`: the engine in a process that may crash or hang. Its standard input is a socket.

It ends when the service ends (end of file), and when one round of questions takes more processor time than any should:
then with a traceback of our own code on standard error. It leaves no core dump: that would hold a patient's facts.
"""

from __future__ import annotations

import faulthandler
import resource
import signal
import socket

from rules.engine import InProcess
from rules.errors import EngineFault
from rules.frames import QUESTION, SETUP, Answer, Ready, receive, send

# A round takes about a millisecond. Processor time, so that a busy machine is not taken for a hang.
CPU_SECONDS = 0.25


def main() -> None:
    """Load what comes first, then answer until there is nobody to answer."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()
    faulthandler.register(signal.SIGPROF, chain=True)
    try:
        with socket.socket(fileno=0) as channel:
            serve(channel)
    except (EOFError, ConnectionError):
        return


def serve(channel: socket.socket) -> None:
    """Raises EOFError or ConnectionError when the service is gone."""
    runner = InProcess()
    try:
        for programme in receive(channel, SETUP).programmes:
            runner.add(programme)
    except EngineFault as fault:
        send(channel, Ready(refused=str(fault)))
        return
    send(channel, Ready())
    while True:
        question = receive(channel, QUESTION)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        answers = tuple(runner.solve(question.posed))
        signal.setitimer(signal.ITIMER_PROF, 0)
        send(channel, Answer(question.serial, answers))


if __name__ == "__main__":
    main()
