"""Which addresses people have had written to again, who asked for it and why; it is added to, and never read back."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE notification.allowed (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            address_digest bytea NOT NULL CHECK (octet_length(address_digest) = 32),
            reason text NOT NULL,
            asked_by text NOT NULL CHECK (asked_by <> ''),
            because text NOT NULL CHECK (because <> ''),
            allowed_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("COMMENT ON COLUMN notification.allowed.reason IS 'why the address was barred'")
    op.execute("GRANT INSERT (address_digest, reason, asked_by, because) ON notification.allowed TO notification")
