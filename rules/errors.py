"""What a trial author or a caller of the rules can get wrong.

RulesError
├── TrialPackError      a trial pack cannot be used: file, path inside it and remedy are in the message
└── EngineFault         durable-rules gave a result that cannot be trusted; callers answer "unknown (engine)"
"""

from __future__ import annotations


class RulesError(Exception):
    """Base of every error raised by `rules`."""


class TrialPackError(RulesError, ValueError):
    """A trial pack cannot be used as written."""


class EngineFault(RulesError, RuntimeError):  # noqa: N818 - the word of the safety rules
    """The rule engine's result cannot be trusted."""
