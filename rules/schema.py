"""What all of our YAML files share: strict models, and numbers and days as their authors write them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Model(BaseModel):
    """Unknown keys are refused, nothing is converted, nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _days(raw: object) -> object:
    """ "28 d" or a whole number -> 28. Anything else is left for the type check to refuse."""
    if isinstance(raw, Decimal) and raw == raw.to_integral_value():
        return int(raw)
    found = re.fullmatch(r"(\d{1,4}) d", raw) if isinstance(raw, str) else None
    return int(found.group(1)) if found else raw


def _decimal(raw: object) -> object:
    """YAML numbers arrive as int or float; their shortest decimal form is what the author wrote."""
    return Decimal(repr(raw)) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw


Days = Annotated[int, BeforeValidator(_days)]
Number = Annotated[Decimal, BeforeValidator(_decimal)]
DateField = Annotated[date, Field(strict=False)]
