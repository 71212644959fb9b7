"""The waves that the portal shows, with the first one's public figures."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE portal.wave (
            number integer PRIMARY KEY CHECK (number > 0),
            opens_at timestamptz NOT NULL,
            closes_at timestamptz NOT NULL,
            quota integer CHECK (quota > 0),
            registered integer CHECK (registered >= 0),
            accepted integer CHECK (accepted >= 0),
            CHECK (opens_at < closes_at)
        )
        """
    )
    op.execute("GRANT SELECT ON portal.wave TO portal")
    # Wave 1, 11 to 16 April 2020; figures as published by Kompas.
    op.execute(
        """
        INSERT INTO portal.wave (number, opens_at, closes_at, registered, accepted)
        VALUES (1, '2020-04-11 00:00+07', '2020-04-16 23:59:59+07', 5965048, 168111)
        """
    )
