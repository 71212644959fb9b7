"""Registrants can have the verification mail sent anew.

The service still can't read whom an account belongs to: it orders the mail by a function that answers nothing.
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("ALTER TABLE registration.account ADD COLUMN verification_ordered_at timestamptz")
    op.execute(
        """
        CREATE FUNCTION registration.order_verification(
            nik_hash bytea, email text, token_hash bytea, expires_at timestamptz, message_id uuid, message text
        ) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
            WITH account AS (
                UPDATE registration.account AS known SET verification_ordered_at = now()
                WHERE known.nik_hash = $1 AND lower(known.email) = lower($2) AND known.email_verified_at IS NULL
                    AND coalesce(known.verification_ordered_at, known.registered_at) <= now() - interval '10 minutes'
                RETURNING known.id, known.email, known.name
            ), verification AS (
                INSERT INTO registration.email_verification (token_hash, account_id, expires_at)
                SELECT $3, account.id, $4 FROM account
            )
            INSERT INTO relay.outbox (id, body)
            SELECT $5, ($6::jsonb || jsonb_build_object('to', account.email, 'name', account.name))::text FROM account
        $$
        """
    )
    op.execute("REVOKE ALL ON FUNCTION registration.order_verification FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION registration.order_verification TO registration")
