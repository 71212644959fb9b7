"""Where people wait at the edge, first come first served, while more of them come than the site takes.

It stands before the whole site: who is let in stays in while they go from page to page, and nobody who has filled in
a form is sent to wait with it. A client without cookies counts as a new person with each request.

One room with these settings comes with every Business and Enterprise plan; pages of one's own, answers in JSON and
rooms for several paths are sold apart (Cloudflare Waiting Room, plans).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_cloudflare as cloudflare

from components.component import Classification, Component

# Time for somebody with their cards at hand to fill in the form, which asks nothing of the site meanwhile; 1 to 30.
SESSION_MINUTES: Final = 15
# A client of the API must not take the page for an answer.
WAITING_STATUS: Final = 429


@dataclass(frozen=True, kw_only=True)
class EdgeWaitingRoomArgs:
    """zone_id: the edge's zone.
    domain: the site's domain name.
    active_users: people who may be on the site at once, from 200; others wait. Whoever has left counts for
        SESSION_MINUTES more.
    new_users_per_minute: people who are let in within a minute, from 200.
    """

    zone_id: pulumi.Input[str]
    domain: str
    active_users: int
    new_users_per_minute: int


class EdgeWaitingRoom(Component):
    """The room, with Cloudflare's own page in Indonesian."""

    layer = "saas"

    def __init__(self, name: str, args: EdgeWaitingRoomArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="public"), opts)
        self.room = cloudflare.WaitingRoom(
            name,
            zone_id=args.zone_id,
            name=name,
            host=args.domain,
            path="/",
            total_active_users=args.active_users,
            new_users_per_minute=args.new_users_per_minute,
            session_duration=SESSION_MINUTES,
            queueing_method="fifo",
            queueing_status_code=WAITING_STATUS,
            default_template_language="id-ID",
            cookie_attributes=cloudflare.WaitingRoomCookieAttributesArgs(samesite="lax", secure="always"),
            # Without it the waiting page asks each browser to prove itself, and nothing comes of the result.
            turnstile_mode="off",
            opts=self.child(),
        )
        self.register_outputs({})
