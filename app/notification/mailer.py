"""Sends mail, whoever carries it, at a pace that its quota allows."""

from __future__ import annotations

from abc import ABC, abstractmethod

from app.common.throttle import Throttle
from app.notification.mail import Mail


class MailRejectedError(Exception):
    """This mail will never be sent."""


class MailUnavailableError(Exception):
    """Mail can't be sent now, or it is not known whether it was."""


class Mailer(ABC):
    """Sends from one address."""

    def __init__(self, *, per_second: int) -> None:
        self._throttle = Throttle(per_second)

    async def turn(self) -> None:
        """Return when another mail may be sent."""
        await self._throttle.turn()

    @abstractmethod
    async def send(self, mail: Mail) -> None:
        """Return once somebody else answers for the mail. Raises MailRejectedError and MailUnavailableError."""
