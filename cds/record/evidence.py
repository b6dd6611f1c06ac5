"""The archive's form of an input: everything an assessment was made from, as one compressed JSON document.

Written only where the site enables it: this is the patient's chart.
"""

from __future__ import annotations

import zlib

import msgspec

from cds.intake import Material

MATERIAL, BUNDLE = "material", "bundle"
# Charts are repetitive JSON: the fastest level already gives a tenth.
LEVEL = 1
_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Material)


def packed(given: Material | bytes) -> bytes:
    """A hook's material, or an uploaded Bundle as it came."""
    return zlib.compress(given if isinstance(given, bytes) else _encoder.encode(given), LEVEL)


def unpacked(content: bytes) -> bytes:
    """Raises zlib.error when the archive is damaged."""
    return zlib.decompress(content)


def material_of(content: bytes) -> Material:
    """Raises msgspec.DecodeError when this is no archived material."""
    return _decoder.decode(content)
