"""Messages for the queue `identity`, in an outbox of its own.

Releases roll: relays that run beside this schema publish every row of relay.outbox to the queue `notification`, whose
reader could do nothing with a message of another kind but leave it to die. So each queue has a table: they don't know
this one, and its rows wait until a relay of the new release comes. relay.outbox stays as it is, for `notification`.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # As relay.outbox is, and for the same reasons (0003).
    op.execute(
        """
        CREATE TABLE relay.identity_outbox (
            id uuid PRIMARY KEY,
            body text NOT NULL,
            due_at timestamptz NOT NULL DEFAULT now(),
            refusals integer NOT NULL DEFAULT 0
        )
        """
    )
    op.execute("CREATE INDEX identity_outbox_due_at ON relay.identity_outbox (due_at)")
    op.execute(
        "ALTER TABLE relay.identity_outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,"
        " autovacuum_vacuum_cost_delay = 0)"
    )
    op.execute("COMMENT ON COLUMN relay.identity_outbox.id IS 'the account''s'")
    op.execute("COMMENT ON COLUMN relay.identity_outbox.body IS 'JSON; the identity in it is sealed'")
    op.execute("GRANT SELECT, DELETE, UPDATE (due_at, refusals) ON relay.identity_outbox TO relay")
    op.execute("GRANT INSERT (id, body) ON relay.identity_outbox TO registration")
