"""All numbers as JSON. Absent values are omitted; floats keep six significant digits, so bytes agree."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from cds.report.analysis import Analysis
from cds.report.design import SOURCE
from cds.report.proportions import NEWCOMBE, WILSON
from cds.report.survival import KAPLAN_MEIER, LOG_RANK, MEDIAN

METHODS = {
    "rate": WILSON,
    "difference": NEWCOMBE,
    "curve": KAPLAN_MEIER,
    "median": MEDIAN,
    "log_rank": LOG_RANK,
}


def as_json(analysis: Analysis) -> bytes:
    """The analysis, its methods and its source; fractions of 1, days, counts of patients."""
    content = {"source": SOURCE, "methods": METHODS, **asdict(analysis)}
    return orjson.dumps(_tidy(content), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _tidy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tidy(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_tidy(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
