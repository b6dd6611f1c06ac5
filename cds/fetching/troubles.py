"""Why something could not be fetched: a coded word each, because texts and addresses may hold patient data."""

from __future__ import annotations

from enum import StrEnum

from rules.messages import to_say


class Trouble(StrEnum):
    """The values are shown in warnings and logs."""

    NO_SCOPE = to_say("no scope allows it")
    NOT_SEARCHABLE = to_say("this server is not asked for it")
    UNAUTHORISED = to_say("the token was refused")
    FORBIDDEN = to_say("access was denied")
    NOT_FOUND = to_say("not found")
    REFUSED = to_say("the query was refused")
    BUSY = to_say("the server is busy")
    SERVER = to_say("the server failed")
    TIMEOUT = to_say("no answer in time")
    UNREACHABLE = to_say("the server cannot be reached")
    RESTING = to_say("the server failed repeatedly and is left alone")
    TOO_LARGE = to_say("too much data")
    NOT_FHIR = to_say("the answer is not FHIR")
    OTHER_HOST = to_say("the answer points to another host")
    ENDLESS = to_say("the pages never end")
    SHORT = to_say("the server announced more than it sent")
    PARTIAL = to_say("only part of it may be seen")
    OTHER_PATIENT = to_say("the answer is about another patient")
    UNRESOLVED = to_say("a resource it refers to could not be read")


class FetchError(Exception):
    """One request, or one search with all its pages, did not succeed. Carries the coded reason only."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
