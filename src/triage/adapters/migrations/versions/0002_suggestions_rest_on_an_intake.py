"""A suggestion names the intake it was made from, so that no clock has to say which of the two came first.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; it stays empty for suggestions of before, of which only the time is known."""
    op.add_column("suggestions", sa.Column("intake_seq", sa.Integer, nullable=True))
