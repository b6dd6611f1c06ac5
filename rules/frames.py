"""Messages between the service and the engine's process: four bytes of length, then MessagePack. One at a time."""

from __future__ import annotations

import socket
from typing import TypeVar

import msgspec

from rules.programme import Conclusion, Failed, Posed, Programme

T = TypeVar("T")
LENGTH, CHUNK = 4, 65_536


class Setup(msgspec.Struct, frozen=True, array_like=True):
    """What the engine's process is told first."""

    programmes: tuple[Programme, ...]


class Ready(msgspec.Struct, frozen=True, array_like=True):
    """The programmes are loaded; `refused` says why not."""

    refused: str = ""


class Question(msgspec.Struct, frozen=True, array_like=True):
    """All questions about one patient. `serial` comes back with the answer."""

    serial: int
    posed: tuple[Posed, ...]


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """One entry for each question, in order."""

    serial: int
    answers: tuple[Conclusion | Failed, ...]


SETUP = msgspec.msgpack.Decoder(Setup)
READY = msgspec.msgpack.Decoder(Ready)
QUESTION = msgspec.msgpack.Decoder(Question)
ANSWER = msgspec.msgpack.Decoder(Answer)
_encoder = msgspec.msgpack.Encoder()


def send(channel: socket.socket, message: msgspec.Struct) -> None:
    """Raises OSError when the other side is gone or does not read in time."""
    body = _encoder.encode(message)
    channel.sendall(len(body).to_bytes(LENGTH, "big") + body)


def receive(channel: socket.socket, shape: msgspec.msgpack.Decoder[T]) -> T:
    """Raises EOFError when the other side is gone, OSError when it is late, ValueError for what is no such message."""
    data = _more(channel)
    while len(data) < LENGTH or len(data) < LENGTH + _size(data):
        data += _more(channel)
    if len(data) != LENGTH + _size(data):
        raise ValueError("more than one message")
    return shape.decode(memoryview(data)[LENGTH:])


def _size(data: bytes) -> int:
    return int.from_bytes(data[:LENGTH], "big")


def _more(channel: socket.socket) -> bytes:
    chunk = channel.recv(CHUNK)
    if not chunk:
        raise EOFError("the other side is gone")
    return chunk
