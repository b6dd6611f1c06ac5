"""What keeps us from an answer. Messages name keys and positions, never patient data.

CdsError
├── UnreadableInputError    not JSON, not the expected shape, too deep (400)
├── NoPatientError          nothing can be said: no usable Patient (400 for an upload, 412 for a hook)
├── TooLargeError           more bytes or entries than the limit (413)
└── SiteProfileError        a site's own file (profile, code map) cannot be used as written
"""

from __future__ import annotations


class CdsError(Exception):
    """Base of every error raised by `cds`."""


class UnreadableInputError(CdsError, ValueError):
    """The input is not what the interface asks for."""


class NoPatientError(CdsError):
    """Nothing can be said: there is no usable Patient, or nothing could be looked at."""


class TooLargeError(CdsError):
    """The input is larger than the configured limit."""


class SiteProfileError(CdsError, ValueError):
    """A site's own file cannot be used as written."""
