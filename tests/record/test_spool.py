"""The spool keeps what it accepted: through kills, a full disk and torn lines; and says what it could not accept."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cds.record.recorder import Recorder
from cds.record.rows import Call, Evidence, line_of, row_of
from cds.record.spool import SpoolError
from tests.record.making import a_call, a_recorder, named

CHILD = """
import sys, time
from pathlib import Path
from tests.record.making import a_call, a_recorder
recorder = a_recorder(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    assert recorder.keep(a_call(number))
print("kept", flush=True)
time.sleep(60)
"""
FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.record.making import a_call, a_recorder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
recorder = a_recorder(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
print(sum(recorder.keep(a_call(number)) for number in range(10)))
"""


def run_child(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE)  # noqa: S603


def stored(by: Path | Recorder) -> list[str]:
    """What is in the database after one turn of a new process's wheel, or of this recorder's."""
    recorder = a_recorder(by) if isinstance(by, Path) else by
    assert recorder.writer.cycle()
    found = [call["id"] for call in recorder.store.calls(limit=10_000)]
    recorder.store.close()
    return found


def test_rows_of_a_killed_process_are_stored_by_the_next(tmp_path: Path) -> None:
    with run_child(CHILD, str(tmp_path), "25") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"kept\n"
        child.kill()

    assert sorted(stored(tmp_path)) == sorted(named(number) for number in range(25))


def test_the_segment_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    with run_child(CHILD, str(tmp_path), "3") as child:
        assert child.stdout is not None
        child.stdout.readline()
        found = stored(tmp_path)
        child.kill()

    assert found == []


def test_a_full_spool_refuses_and_counts_but_keeps_what_it_accepted(tmp_path: Path) -> None:
    size = len(line_of(a_call(0)))
    recorder = a_recorder(tmp_path, spool_limit=size * 3)

    kept = [recorder.keep(a_call(number)) for number in range(5)]
    recorder._sync()

    assert kept == [True, True, True, False, False]
    assert recorder.degraded
    assert recorder.status()["lost"] == {"call": 2}
    assert a_recorder(tmp_path).losses.total() == {"call": 2}
    assert len(stored(recorder)) == 3


def test_bulky_rows_leave_half_of_the_spool_to_the_others(tmp_path: Path) -> None:
    size = len(line_of(a_call(0)))
    recorder = a_recorder(tmp_path, spool_limit=size * 4)

    kept = [recorder.keep(a_call(number)) for number in range(3)]
    bulky = recorder.keep_if_roomy(Evidence(named(0), "bundle", b"x"))

    assert (kept, bulky, recorder.keep(a_call(3))) == ([True, True, True], False, True)
    assert recorder.losses.total() == {"evidence": 1}
    assert recorder.degraded


def test_a_count_of_losses_that_was_cut_still_counts(tmp_path: Path) -> None:
    (tmp_path / "lost.jsonl").write_text('{"at":"2026-06-01","kind":"call","count":3}\n{"at":"2026-')

    assert a_recorder(tmp_path).losses.total() == {"call": 3, "unreadable": 1}


def test_after_catching_up_a_full_spool_accepts_again(tmp_path: Path) -> None:
    recorder = a_recorder(tmp_path, spool_limit=len(line_of(a_call(0))))
    assert [recorder.keep(a_call(0)), recorder.keep(a_call(1))] == [True, False]

    assert stored(recorder) == [named(0)]

    assert recorder.keep(a_call(1))


def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    child = run_child(FULL_DISK, str(tmp_path))
    accepted = int(child.communicate()[0])

    [segment] = (tmp_path / "spool").glob("*.jsonl")
    lines = segment.read_bytes().splitlines(keepends=True)
    assert 0 < accepted < 10
    assert [type(row_of(line)) for line in lines] == [Call] * accepted
    assert lines[-1].endswith(b"\n")


def test_a_torn_last_line_is_skipped_and_a_broken_one_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    content = line_of(a_call(1)) + b'{"type":"cal\n' + line_of(a_call(2)) + line_of(a_call(3))[:-9]
    (tmp_path / "spool" / "20260601T000000-1-000000.jsonl").write_bytes(content)

    assert sorted(stored(tmp_path)) == sorted([named(1), named(2)])
    assert (tmp_path / "refused.jsonl").read_bytes() == b'{"type":"cal\n'


def test_segments_wait_in_the_order_of_their_rows(tmp_path: Path) -> None:
    recorder = a_recorder(tmp_path)
    for number in range(6):
        recorder.keep(a_call(number))
        recorder.spool.seal()
    recorder.spool.sync()

    waiting = [row_of(line) for _, content in recorder.spool.waiting() for line in content.splitlines()]

    assert [row.id for row in waiting if isinstance(row, Call)] == [named(number) for number in range(6)]


def test_a_large_segment_is_closed_without_waiting_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = a_recorder(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: pytest.fail("the answering thread waited for the disk"))

    for number in range(3):
        recorder.keep(a_call(number, user="x" * 600_000))

    assert len(list((tmp_path / "spool").glob("*.jsonl"))) == 2


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SpoolError, match="TRIAL_HOOKS_STATE"):
        a_recorder(tmp_path / "file")


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    recorder = a_recorder(tmp_path / "state")
    recorder.keep(a_call())

    folder = tmp_path / "state" / "spool"
    assert (folder.parent.stat().st_mode & 0o77, folder.stat().st_mode & 0o77) == (0, 0)
    assert [path.stat().st_mode & 0o77 for path in folder.iterdir()] == [0]


def test_threads_keep_and_store_at_once_without_losing_a_row(tmp_path: Path) -> None:
    recorder = a_recorder(tmp_path)
    recorder.start()
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda number: recorder.keep_durably(a_call(number)), range(400)))
    recorder.stop()

    assert len(stored(tmp_path)) == 400
    assert list((tmp_path / "spool").glob("*.jsonl")) == []
