"""Why something could not be fetched: a coded word each, because texts and addresses may hold patient data."""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """The values are shown in warnings and logs."""

    NO_SCOPE = "no scope allows it"
    NOT_SEARCHABLE = "this server is not asked for it"
    UNAUTHORISED = "the token was refused"
    FORBIDDEN = "access was denied"
    NOT_FOUND = "not found"
    REFUSED = "the query was refused"
    BUSY = "the server is busy"
    SERVER = "the server failed"
    TIMEOUT = "no answer in time"
    UNREACHABLE = "the server cannot be reached"
    RESTING = "the server failed repeatedly and is left alone"
    TOO_LARGE = "too much data"
    NOT_FHIR = "the answer is not FHIR"
    OTHER_HOST = "the answer points to another host"
    ENDLESS = "the pages never end"
    SHORT = "the server announced more than it sent"
    PARTIAL = "only part of it may be seen"
    OTHER_PATIENT = "the answer is about another patient"
    UNRESOLVED = "a resource it refers to could not be read"


class FetchError(Exception):
    """One request, or one search with all its pages, did not succeed. Carries the coded reason only."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
