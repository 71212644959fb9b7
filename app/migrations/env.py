"""How Alembic runs: on the connection that `app.migrate` hands over, each revision in a transaction of its own."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="revision",
    version_table_schema="migration",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
