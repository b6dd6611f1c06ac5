"""`python -m bench.isolation`: what it costs to run the engine where it may crash, and how soon it is back.

The figures of docs/adr/0005-engine-isolation.md.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import statistics
import time

from rich.console import Console
from rich.table import Table

from bench.alone import Asked, asked_on, cpu_us, isolation
from bench.servers import family, resident
from rules.programme import Failed
from rules.sidecars import Sidecars


def main() -> None:
    console = Console()
    table = Table("both trials of one candidate", "CPU of the service, µs", "wall, µs", title="Where the engine runs")
    for name, row in isolation().items():
        table.add_row(name, f"{row['cpu_us']:.0f}", f"{row['wall_us']:.0f}")
    console.print(table)
    console.print(f"a watchdog thread, armed and disarmed (faulthandler): {cpu_us(_watchdog, 500):.1f} µs")
    console.print(f"a processor timer, set and cleared (setitimer): {cpu_us(_timer, 500):.1f} µs")
    for size in (1, 2):
        for how in (signal.SIGKILL, signal.SIGSTOP):
            lost, back, size_mb = recovery(size, how)
            console.print(
                f"{size} process(es), {how.name}: told after {lost:.0f} ms, right again after {back:.0f} ms; "
                f"{size_mb:.0f} MB each"
            )


def recovery(size: int, how: signal.Signals, times: int = 3) -> tuple[float, float, float]:
    """Medians: ms until the one asked about is told, ms from the signal to the next right answer; resident MB."""
    lost, back, size_mb = [], [], 0.0
    for _ in range(times):
        sidecars = Sidecars(size)
        asked = asked_on(sidecars)
        while sidecars.state().processes < size:
            time.sleep(0.01)
        pids = family(os.getpid())[1:]
        size_mb = statistics.mean(map(resident, pids))
        for pid in pids[-1:]:
            os.kill(pid, signal.SIGSTOP)
        began = time.perf_counter()
        if how is signal.SIGKILL:
            os.kill(pids[-1], signal.SIGKILL)
        told = _fails(asked)
        lost.append((time.perf_counter() - began) * 1000 if told else 0.0)
        while _fails(asked):
            time.sleep(0.001)
        back.append((time.perf_counter() - began) * 1000)
        sidecars.stop()
    return statistics.median(lost), statistics.median(back), size_mb


def _fails(asked: Asked) -> bool:
    return any(isinstance(answer, Failed) for answer in asked())


def _watchdog() -> None:
    faulthandler.dump_traceback_later(1, exit=True)
    faulthandler.cancel_dump_traceback_later()


def _timer() -> None:
    signal.setitimer(signal.ITIMER_PROF, 1)
    signal.setitimer(signal.ITIMER_PROF, 0)


if __name__ == "__main__":
    main()
