"""Where the time of one candidate goes, by function of ours."""

from __future__ import annotations

import cProfile
import pstats
from pathlib import Path

import orjson

from bench.bodies import DAY, body
from cds.assess import build_assessor
from cds.settings import Settings
from hooks.cards import cards_of
from hooks.wire import prefetch_of, read_request

ROOT = Path(__file__).parents[1]
LEAST = 0.03


def shares(times: int = 40) -> list[tuple[str, str]]:
    """Functions that take 3 % or more with all they call: ("cds/chart.py read_chart", "31 %"), dearest first."""
    assessor, content = build_assessor(Settings()), body("m", "candidate")
    patient = orjson.loads(content)["context"]["patientId"]

    def once() -> bytes:
        call = read_request(content, "patient-view")
        material = prefetch_of(call, content)
        assessment = assessor.assess_material(material, patient_id=patient, as_of=DAY)
        return orjson.dumps({"cards": cards_of(assessment, "bench", show_ineligible=True)})

    once()
    watch = cProfile.Profile()
    watch.enable()
    for _ in range(times):
        once()
    watch.disable()
    stats = pstats.Stats(watch)
    total = stats.total_tt  # type: ignore[attr-defined]
    rows = [
        (cumulative / total, f"{Path(file).relative_to(ROOT)} {name}")
        for (file, _, name), (_, _, _, cumulative, _) in stats.stats.items()  # type: ignore[attr-defined]
        if file.startswith(str(ROOT))
        and "bench" not in file
        and not name.startswith("<")
        and cumulative / total >= LEAST
    ]
    return [(name, f"{share * 100:.0f} %") for share, name in sorted(rows, reverse=True)][:16]
