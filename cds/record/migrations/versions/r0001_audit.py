"""Audit of calls, and the cards that were shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "audit_call",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("door", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("duration_ms", sa.Float, nullable=False),
        sa.Column("product", sa.String(32), nullable=False),
        sa.Column("hook", sa.String(64)),
        sa.Column("instance", sa.String(64)),
        sa.Column("issuer", sa.Text),
        sa.Column("tenant", sa.Text),
        sa.Column("user", sa.String(128)),
        sa.Column("patient", sa.Text),
        sa.Column("as_of", sa.Text),
        sa.Column("input_sha256", sa.String(64)),
        sa.Column("answer_sha256", sa.String(64)),
        sa.Column("setup_sha256", sa.String(64)),
    )
    for column in ("at", "patient", "instance"):
        op.create_index(f"audit_call_{column}", "audit_call", [column])
    op.create_table(
        "audit_answer",
        sa.Column("call_id", sa.String(36), sa.ForeignKey("audit_call.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("trial", sa.String(64), primary_key=True),
        sa.Column("question", sa.String(32), primary_key=True),
        sa.Column("pack_version", sa.String(64), nullable=False),
        sa.Column("pack_sha256", sa.String(64), nullable=False),
        sa.Column("standing", sa.String(32), nullable=False),
        sa.Column("outcomes", sa.JSON, nullable=False),
    )
    op.create_table(
        "shown_card",
        sa.Column("call_id", sa.String(36), sa.ForeignKey("audit_call.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("uuid", sa.String(64), primary_key=True),
        sa.Column("trial", sa.String(64), nullable=False),
        sa.Column("suggestions", sa.JSON, nullable=False),
    )
    op.create_index("shown_card_uuid", "shown_card", ["uuid"])


def downgrade() -> None:
    for table in ("shown_card", "audit_answer", "audit_call"):
        op.drop_table(table)
