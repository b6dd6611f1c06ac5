"""Windows and limits that a pack takes from its settings, so that a site can change them: `window: {setting: name}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules.errors import TrialPackError

REFERENCE = "setting"


def with_settings(pack: Any, site: Mapping[str, Any]) -> Any:
    """The pack as read from YAML, with the site's settings and every reference to a setting replaced by its value.

    Raises TrialPackError for a reference to a setting that the pack does not have.
    """
    if not isinstance(pack, dict) or not isinstance(pack.get("settings"), dict):
        return pack
    settings = {name: site.get(name, value) for name, value in pack["settings"].items()}
    replaced = {part: _replaced(pack[part], settings) for part in ("questions", "follow_up") if part in pack}
    return {**pack, "settings": settings, **replaced}


def _replaced(node: Any, settings: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_replaced(child, settings) for child in node]
    if not isinstance(node, dict):
        return node
    if node.keys() == {REFERENCE}:
        return _value(str(node[REFERENCE]), settings)
    return {name: _replaced(child, settings) for name, child in node.items()}


def _value(name: str, settings: Mapping[str, Any]) -> Any:
    if name not in settings:
        raise TrialPackError(f"a condition refers to the setting {name!r}, which this pack does not have")
    return settings[name]
