"""The tables. Their history is cds/record/migrations; a test holds both equal."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()
# The revision at which the tables are as here.
NEWEST = "r0003"

calls = Table(
    "audit_call",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("door", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("duration_ms", Float, nullable=False),
    Column("product", String(32), nullable=False),
    Column("hook", String(64)),
    Column("instance", String(64)),
    Column("issuer", Text),
    Column("tenant", Text),
    Column("user", String(128)),
    Column("patient", Text),
    Column("as_of", Text),
    Column("input_sha256", String(64)),
    Column("answer_sha256", String(64)),
    Column("setup_sha256", String(64)),
    Index("audit_call_at", "at"),
    Index("audit_call_patient", "patient"),
    Index("audit_call_instance", "instance"),
)

answers = Table(
    "audit_answer",
    metadata,
    Column("call_id", String(36), ForeignKey("audit_call.id", ondelete="CASCADE"), primary_key=True),
    Column("trial", String(64), primary_key=True),
    Column("question", String(32), primary_key=True),
    Column("pack_version", String(64), nullable=False),
    Column("pack_sha256", String(64), nullable=False),
    Column("standing", String(32), nullable=False),
    Column("outcomes", JSON, nullable=False),
)

cards = Table(
    "shown_card",
    metadata,
    Column("call_id", String(36), ForeignKey("audit_call.id", ondelete="CASCADE"), primary_key=True),
    Column("uuid", String(64), primary_key=True),
    Column("trial", String(64), nullable=False),
    Column("suggestions", JSON, nullable=False),
    Index("shown_card_uuid", "uuid"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("service", String(64), nullable=False),
    Column("card", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("outcome_at", DateTime(timezone=True), nullable=False),
    Column("accepted", JSON, nullable=False),
    Column("reason_system", Text),
    Column("reason_code", Text),
    Column("comment", Text),
    Column("comment_dropped", Boolean, nullable=False),
    Index("feedback_card", "card"),
)

# No foreign key: an archive may be kept, and emptied, apart from the audit.
evidence = Table(
    "evidence",
    metadata,
    Column("call_id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

tokens = Table(
    "used_token",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("expires", Float, nullable=False),
    Index("used_token_expires", "expires"),
)
