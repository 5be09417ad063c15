"""Alembic: every change of the store's schema, oldest first."""
