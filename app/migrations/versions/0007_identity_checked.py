"""What the partner that checks identities has answered, once for each account."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("CREATE VIEW identity.schema_revision AS SELECT version_num AS revision FROM migration.revision")
    op.execute("GRANT SELECT ON identity.schema_revision TO identity")
    op.execute(
        """
        CREATE TABLE identity.checked (
            account_id uuid PRIMARY KEY,
            result text NOT NULL CHECK (result IN ('match', 'mismatch', 'unknown')),
            reference text NOT NULL,
            checked_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("COMMENT ON COLUMN identity.checked.reference IS 'what the partner knows the check by'")
    # To find what has been checked, and to record it; nothing that was recorded can be read back or changed.
    op.execute("GRANT SELECT (account_id), INSERT (account_id, result, reference) ON identity.checked TO identity")
