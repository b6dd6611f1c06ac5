"""Used tokens, and the evidence archive."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision: str | None = "r0002"


def upgrade() -> None:
    op.create_table(
        "used_token",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("expires", sa.Float, nullable=False),
    )
    op.create_index("used_token_expires", "used_token", ["expires"])
    op.create_table(
        "evidence",
        sa.Column("call_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("evidence")
    op.drop_table("used_token")
