"""Sends mail by SES."""

from __future__ import annotations

from app.common.aws import SES, AwsClient, AwsError
from app.notification.mail import Mail
from app.notification.mailer import Mailer, MailRejectedError, MailUnavailableError

_SEND_EMAIL = "/v2/email/outbound-emails"

# What SES answers where the mail itself is at fault. Everything else (too fast, quota used up, sending paused, domain
# not verified yet, no answer) may pass.
_REJECTED = {"MessageRejected", "BadRequestException"}


class SesMailer(Mailer):
    """Sends through one configuration set."""

    def __init__(self, *, sender: str, configuration_set: str, per_second: int, region: str) -> None:
        super().__init__(per_second=per_second)
        self._sender = sender
        self._configuration_set = configuration_set
        self._ses = AwsClient(SES, region)

    async def send(self, mail: Mail) -> None:
        """Return once SES has taken the mail over. Raises MailRejectedError and MailUnavailableError."""
        try:
            await self._ses.call_aside(
                _SEND_EMAIL,
                {
                    "FromEmailAddress": self._sender,
                    "Destination": {"ToAddresses": [mail.to]},
                    "ConfigurationSetName": self._configuration_set,
                    "Content": {
                        "Simple": {
                            "Subject": _content(mail.subject),
                            "Body": {"Text": _content(mail.text), "Html": _content(mail.html)},
                        }
                    },
                },
            )
        except AwsError as error:
            if error.code in _REJECTED:
                raise MailRejectedError(error.code) from error
            raise MailUnavailableError(error.code) from error


def _content(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
