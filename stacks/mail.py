"""The parts that mail is made of: the domain as a sender in SES and in SendGrid, and what comes back of the mail."""

from __future__ import annotations

from components.mail_feedback import MailFeedback, MailFeedbackArgs
from components.mail_sender import MailSender, MailSenderArgs
from components.naming import logical
from components.public_certificate import PublicCertificate
from components.sendgrid_sender import SendGridSender, SendGridSenderArgs
from stacks.foundation import Foundation
from stacks.stack_config import StackConfig


def build_mail_sender(config: StackConfig, certificate: PublicCertificate) -> MailSender:
    """SES's part, whoever sends: so the sender is swapped by one word of the settings."""
    settings = config.settings
    return MailSender(
        logical(settings.environment.name, "mail"),
        MailSenderArgs(
            domain=settings.site.domain,
            zone_id=certificate.zone.zone_id,
            region=config.region,
            deletion_protection=settings.environment.deletion_protection,
        ),
    )


def build_mail_feedback(config: StackConfig, foundation: Foundation, mail: MailSender) -> MailFeedback:
    """What SES tells of the mail that it sent."""
    return MailFeedback(
        logical(config.settings.environment.name, "mail-feedback"),
        MailFeedbackArgs(
            configuration_set=mail.configuration_set.configuration_set_name,
            configuration_set_arn=mail.configuration_set.arn,
            account_id=foundation.account_id,
            key_arn=foundation.personal_key.arn,
        ),
    )


def build_sendgrid_sender(
    config: StackConfig, foundation: Foundation, certificate: PublicCertificate
) -> SendGridSender | None:
    """SendGrid's part, where the environment has it."""
    settings = config.settings
    sendgrid = settings.mail.sendgrid
    if sendgrid is None:
        return None
    return SendGridSender(
        logical(settings.environment.name, "sendgrid"),
        SendGridSenderArgs(
            domain=settings.site.domain,
            zone_id=certificate.zone.zone_id,
            subdomain=sendgrid.subdomain,
            host=sendgrid.host,
            transfer=sendgrid.transfer,
            key_arn=foundation.internal_key.arn,
            deletion_protection=settings.environment.deletion_protection,
        ),
    )
