"""What is wrong in a site's file, place by place, with the nearest right key."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

LONGEST = 100


def nearest(name: str, known: Iterable[str]) -> str:
    """ "did you mean …?", or the whole list when nothing is near."""
    names = sorted(known)
    # The comparison takes longer the longer the text; no name of ours is nearly as long.
    near = get_close_matches(name[:LONGEST], names, 1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"


def places(error: ValidationError, model: type[BaseModel]) -> str:
    """Every bad place on a line of its own; an unknown key with the key that was probably meant."""
    lines = [f"  {_path(problem['loc'])}: {_remedy(problem, model)}" for problem in error.errors()]
    return f"{len(lines)} problem(s)\n" + "\n".join(lines)


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "the file"


def _remedy(problem: Any, model: type[BaseModel]) -> str:
    if problem["type"] == "extra_forbidden":
        owner = _owner(model, problem["loc"][:-1])
        hint = nearest(str(problem["loc"][-1]), owner.model_fields) if owner is not None else "remove it"
        return f"unknown key; {hint}"
    return str(problem["msg"]).removeprefix("Value error, ")


def _owner(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model in which the path's last step stands."""
    current: type[BaseModel] | None = model
    for step in path:
        if current is None:
            return None
        field = current.model_fields.get(str(step))
        if field is not None:
            current = _model_in(field.annotation)
    return current


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
