"""Which messages have been delivered, so that one that comes twice is delivered once."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("CREATE VIEW notification.schema_revision AS SELECT version_num AS revision FROM migration.revision")
    op.execute("GRANT SELECT ON notification.schema_revision TO notification")
    op.execute(
        """
        CREATE TABLE notification.delivered (
            message_id uuid PRIMARY KEY,
            delivered_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("CREATE INDEX delivered_delivered_at ON notification.delivered (delivered_at)")
    op.execute("GRANT SELECT, INSERT (message_id), DELETE ON notification.delivered TO notification")
