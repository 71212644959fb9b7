"""Sends mail by SES, at a pace that its quota allows."""

from __future__ import annotations

from app.common.aws import SES, AwsClient, AwsError
from app.common.settings import MailSettings
from app.common.throttle import Throttle
from app.notification.mail import Mail

_SEND_EMAIL = "/v2/email/outbound-emails"

# What SES answers where the mail itself is at fault. Everything else (too fast, quota used up, sending paused, domain
# not verified yet, no answer) may pass.
_REJECTED = {"MessageRejected", "BadRequestException"}


class MailRejectedError(Exception):
    """This mail will never be sent."""


class MailUnavailableError(Exception):
    """Mail can't be sent now, or it is not known whether it was."""


class Mailer:
    """Sends from one address."""

    def __init__(self, settings: MailSettings, region: str) -> None:
        self._settings = settings
        self._ses = AwsClient(SES, region)
        self._throttle = Throttle(settings.per_second)

    async def turn(self) -> None:
        """Return when another mail may be sent."""
        await self._throttle.turn()

    async def send(self, mail: Mail) -> None:
        """Return once SES has taken the mail over. Raises MailRejectedError and MailUnavailableError."""
        try:
            await self._ses.call_aside(
                _SEND_EMAIL,
                {
                    "FromEmailAddress": self._settings.sender,
                    "Destination": {"ToAddresses": [mail.to]},
                    "ConfigurationSetName": self._settings.configuration_set,
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
