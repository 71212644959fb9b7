"""Accounts, and what each service may know of the schema's revision."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    # A view in each service's schema, so that it needs to reach nothing outside.
    for service in ("portal", "registration"):
        op.execute(
            f"CREATE VIEW {service}.schema_revision AS SELECT version_num AS revision FROM migration.revision"  # noqa: S608
        )
        op.execute(f"GRANT SELECT ON {service}.schema_revision TO {service}")
    op.execute(
        """
        CREATE TABLE registration.account (
            id uuid PRIMARY KEY,
            registered_at timestamptz NOT NULL DEFAULT now(),
            nik_hash bytea NOT NULL UNIQUE CHECK (octet_length(nik_hash) = 32),
            key_version smallint NOT NULL,
            nik_sealed bytea NOT NULL,
            family_card_number_sealed bytea NOT NULL,
            name text NOT NULL,
            birth_date date NOT NULL,
            email text NOT NULL,
            telephone text NOT NULL
        )
        """
    )
    op.execute(
        """
        COMMENT ON COLUMN registration.account.nik_sealed IS
            'AES-256-GCM under key_version: 12 bytes of nonce, ciphertext, tag; bound to id and column'
        """
    )
    # To insert, and to return the id of what was inserted; nothing that was stored can be read back or changed.
    op.execute("GRANT INSERT, SELECT (id, nik_hash) ON registration.account TO registration")
