"""The history of the tables, for Alembic; shipped with the product."""
