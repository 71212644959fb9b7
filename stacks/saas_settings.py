"""What an environment may set of the services that others run for it: the edge, dashboards, paging, partners, and
mail's second way.

Each section may be left out; what its service gives is then missing, and nothing else.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from components.data_processor import LegalGround, PersonalData, TransferGround
from stacks.strict import StrictModel

# Who may send the site's mail.
MailService = Literal["ses", "sendgrid"]
# Those whom services may ask; which of them an environment has is its own affair.
PartnerName = Literal["identity", "training", "wallet"]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
HttpsUrl = Annotated[
    str, StringConstraints(pattern=r"^https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(/[\w./-]*)?$")
]
TeamName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]


class SendGridSettings(StrictModel):
    """An account of Twilio SendGrid, whose domain authentication shows three records for the site's domain."""

    subdomain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")] = Field(
        description="What stands before the site's domain in the record for returned mail, such as `em1234`."
    )
    host: Annotated[str, StringConstraints(pattern=r"^u\d{1,12}\.wl\d{1,6}\.sendgrid\.net$")] = Field(
        description="SendGrid's own host that this record points to, such as `u1234567.wl123.sendgrid.net`; the "
        "signing keys stand below it."
    )
    transfer: TransferGround = Field(
        description="By what right addresses and mail leave Indonesia for the United States: UU PDP 27/2022, Article "
        "56."
    )


class WaitingRoomSettings(StrictModel):
    """Where people wait while a wave's opening brings more of them than the site takes."""

    active_users: int = Field(
        ge=200, le=2_147_483_647, description="People who may be on the site at once, from 200; others wait."
    )
    new_users_per_minute: int = Field(
        ge=200, le=2_147_483_647, description="People whom the waiting room lets onto the site in a minute, from 200."
    )

    @model_validator(mode="after")
    def _room_for_who_comes(self) -> Self:
        if self.active_users < self.new_users_per_minute:
            raise ValueError(
                f"active_users is {self.active_users}; allowed: at least new_users_per_minute "
                f"({self.new_users_per_minute})"
            )
        return self


class CloudflareSettings(StrictModel):
    """The edge by Cloudflare, before the load balancer."""

    provider: Literal["cloudflare"] = Field(description="Who runs the edge.")
    account_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="Cloudflare account that the domain's zone is made in: 32 hex digits."
    )
    proxied: bool = Field(
        description="On: people's requests go through the edge. Off: its zone answers with the load balancer's own "
        "address. Switch it on once the domain is delegated to the edge's name servers and Cloudflare has issued its "
        "certificate; before, browsers would be shown none."
    )
    only_way_in: bool = Field(
        description="On: the load balancer takes connections that show the edge's own certificate, and no others. "
        "Switch it on once requests go through the edge; before, it would shut everybody out."
    )
    waiting_room: WaitingRoomSettings | None = Field(
        default=None, description="Present where people wait for their turn when a wave opens."
    )

    @model_validator(mode="after")
    def _way_in_for_somebody(self) -> Self:
        if self.only_way_in and not self.proxied:
            raise ValueError("only_way_in is true with proxied false; allowed: true only where proxied is true")
        return self


class GrafanaSettings(StrictModel):
    """A stack in Grafana Cloud."""

    url: HttpsUrl = Field(description="The Grafana stack's address, such as `https://prakerja.grafana.net`.")
    aws_account_id: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] = Field(
        description="Grafana's own AWS account, which reads CloudWatch by a role here: 12 digits, shown by Grafana."
    )
    external_id: Annotated[str, StringConstraints(pattern=r"^[\w+=,.@:/-]{2,128}$")] = Field(
        description="What Grafana shows beside it, to prove that it asks for this stack: 2 to 128 characters."
    )


class DashboardSettings(StrictModel):
    """Dashboards of every service's rate, errors, duration and saturation."""

    drawn_by: Literal["cloudwatch", "grafana"] = Field(
        description="Who draws them; Grafana also asks alert rules for what the services' manifests promise."
    )
    grafana: GrafanaSettings | None = Field(default=None, description="Present exactly where Grafana draws them.")

    @model_validator(mode="after")
    def _grafana_where_it_draws(self) -> Self:
        if (self.drawn_by == "grafana") != (self.grafana is not None):
            given = "given" if self.grafana else "missing"
            raise ValueError(f"grafana is {given}; allowed: present exactly where drawn_by is grafana")
        return self


class PagerDutySettings(StrictModel):
    """Who is called, by PagerDuty."""

    provider: Literal["pagerduty"] = Field(description="Who calls people.")
    schedules: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^P[A-Z0-9]{6,13}$")], ...], Field(min_length=1, max_length=20)
    ] = Field(
        description="Schedules that are called one after another until somebody answers, by PagerDuty's ids, such as "
        "`PABC123`; 1 to 20. Who is on duty when is kept there."
    )
    escalation_minutes: int = Field(
        ge=1, le=60, description="Minutes that each schedule has to answer before the next is called, 1 to 60."
    )


class PurposeSettings(StrictModel):
    """What a partner does with the data that it gets, for those who audit it."""

    indonesian: Annotated[str, StringConstraints(min_length=10, max_length=200)] = Field(
        description="In Indonesian, 10 to 200 characters."
    )
    english: Annotated[str, StringConstraints(min_length=10, max_length=200)] = Field(
        description="In English, 10 to 200 characters."
    )


class PartnerSettings(StrictModel):
    """One partner: where it is, what it may be asked, and by what right it gets people's data."""

    company: Annotated[str, StringConstraints(min_length=2, max_length=120)] = Field(
        description="Who the partner is, as its contract names it."
    )
    url: HttpsUrl = Field(description="Where its API begins.")
    networks: Annotated[tuple[IPv4Network, ...], Field(min_length=1, max_length=20)] = Field(
        description="IPv4 networks that its API answers from, 1 to 20: services reach it there, and nowhere else."
    )
    owner: TeamName = Field(description="Team that answers for what is exchanged with it.")
    requests_per_second: int = Field(
        ge=1, le=10_000, description="Requests that the partner takes a second from all services together, 1 to 10,000."
    )
    connect_seconds: int = Field(ge=1, le=30, description="Seconds to wait for a connection, 1 to 30.")
    answer_seconds: int = Field(ge=1, le=120, description="Seconds to wait for an answer, 1 to 120.")
    rotation_days: int = Field(
        ge=1, le=365, description="Days after which its credential is replaced by a new one, 1 to 365."
    )
    purpose: PurposeSettings = Field(description="What it does with the data.")
    personal_data: Annotated[tuple[PersonalData, ...], Field(min_length=1)] = Field(
        description="Personal data that it is given; at least one kind."
    )
    legal_ground: LegalGround = Field(description="By what right: UU PDP 27/2022, Article 20 (2).")
    country: CountryCode = Field(description="Where it processes the data, by ISO 3166-1, such as `ID`.")
    place: Annotated[str, StringConstraints(min_length=2, max_length=80)] = Field(
        description="The place there, as far as it is known."
    )
    transfer: TransferGround | None = Field(
        default=None,
        description="By what right the data leaves Indonesia: UU PDP 27/2022, Article 56. There exactly where it does.",
    )

    @model_validator(mode="after")
    def _transfer_where_data_leaves(self) -> Self:
        if (self.country == "ID") == (self.transfer is not None):
            raise ValueError(
                f"transfer is {self.transfer!r} with country {self.country}; allowed: a ground where data leaves "
                "Indonesia (country is not ID), none where it does not"
            )
        return self
