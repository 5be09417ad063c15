"""Run by Alembic from `Store.upgrade`, on the connection that it hands over; there is no alembic.ini."""

from alembic import context

from triage.adapters.schema import metadata

#: A table of our own: MLflow's database uses Alembic's default name.
VERSION_TABLE = "triage_alembic_version"


def run() -> None:
    """Apply the revisions inside the transaction of the caller, so that an upgrade happens whole or not at all."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
