"""Which addresses are not written to again.

An address is kept as a digest: whether it is among them can be asked, and nobody gets a list of addresses.
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE notification.barred (
            address_digest bytea PRIMARY KEY CHECK (octet_length(address_digest) = 32),
            reason text NOT NULL CHECK (reason IN ('bounced', 'complained')),
            recorded_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("CREATE INDEX barred_recorded_at ON notification.barred (recorded_at) WHERE reason = 'bounced'")
    op.execute("COMMENT ON COLUMN notification.barred.address_digest IS 'SHA-256 of the address in lower case'")
    op.execute(
        "GRANT SELECT, INSERT (address_digest, reason), UPDATE (reason, recorded_at), DELETE"
        " ON notification.barred TO notification"
    )
