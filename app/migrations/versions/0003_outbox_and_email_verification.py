"""Messages that are written with what they tell of, and accounts whose e-mail address can be verified."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("CREATE VIEW relay.schema_revision AS SELECT version_num AS revision FROM migration.revision")
    op.execute("GRANT SELECT ON relay.schema_revision TO relay")
    op.execute(
        """
        CREATE TABLE relay.outbox (
            id uuid PRIMARY KEY,
            body text NOT NULL,
            due_at timestamptz NOT NULL DEFAULT now(),
            refusals integer NOT NULL DEFAULT 0
        )
        """
    )
    op.execute("CREATE INDEX outbox_due_at ON relay.outbox (due_at)")
    # Every row is deleted within seconds: without frequent vacuuming the relay would wade through their remains.
    op.execute(
        "ALTER TABLE relay.outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,"
        " autovacuum_vacuum_cost_delay = 0)"
    )
    op.execute("COMMENT ON COLUMN relay.outbox.body IS 'JSON, handed on as it is; may carry personal data'")
    # UPDATE is what FOR UPDATE asks for, too.
    op.execute("GRANT SELECT, DELETE, UPDATE (due_at, refusals) ON relay.outbox TO relay")
    op.execute("GRANT USAGE ON SCHEMA relay TO registration")
    op.execute("GRANT INSERT (id, body) ON relay.outbox TO registration")

    op.execute(
        """
        ALTER TABLE registration.account
            ADD COLUMN email_verified_at timestamptz,
            ADD COLUMN password_hash text
        """
    )
    op.execute(
        """
        CREATE TABLE registration.email_verification (
            token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
            account_id uuid NOT NULL REFERENCES registration.account (id),
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        )
        """
    )
    op.execute("COMMENT ON COLUMN registration.email_verification.token_hash IS 'SHA-256 of a random token'")
    op.execute("GRANT UPDATE (email_verified_at, password_hash) ON registration.account TO registration")
    op.execute("GRANT SELECT, INSERT, UPDATE (used_at) ON registration.email_verification TO registration")
