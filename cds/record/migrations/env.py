"""Run by Alembic, always on a connection that cds/record/migrate.py hands over; it holds the lock."""

from __future__ import annotations

from alembic import context

from cds.record.models import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
