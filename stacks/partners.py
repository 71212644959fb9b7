"""The partners that the environment has: each one's credentials, and the function that replaces them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.component import Component
from components.credential_rotation import SECRET_KINDS, CredentialRotation, CredentialRotationArgs, RotatedSecret
from components.data_processor import Bilingual, DataProcessor
from components.naming import logical
from components.partner_api import PartnerApi, PartnerApiArgs
from stacks.checks import partner_askers
from stacks.foundation import Foundation
from stacks.manifest import Manifest
from stacks.saas_settings import PartnerName, PartnerSettings
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Partners:
    """apis: by the partner's name.
    rotation: None where there is no partner.
    """

    apis: Mapping[PartnerName, PartnerApi]
    rotation: CredentialRotation | None

    @property
    def components(self) -> tuple[Component, ...]:
        """The part's components."""
        return (*self.apis.values(), *([self.rotation] if self.rotation else []))


def build_partners(
    config: StackConfig, manifests: Mapping[str, Manifest], foundation: Foundation, source: Path
) -> Partners:
    """Make what services need to ask the environment's partners.

    source: the checkout that the function is made from.
    """
    partners = config.settings.partners
    apis = {name: _api(name, partners[name], config, manifests, foundation) for name in sorted(partners)}
    return Partners(apis=apis, rotation=_rotation(apis, config, foundation, source) if apis else None)


def _api(
    name: PartnerName,
    partner: PartnerSettings,
    config: StackConfig,
    manifests: Mapping[str, Manifest],
    foundation: Foundation,
) -> PartnerApi:
    environment = config.settings.environment
    askers = partner_askers(name, config.settings.services, manifests)
    return PartnerApi(
        logical(environment.name, "partner", name),
        PartnerApiArgs(
            partner=name,
            url=partner.url,
            networks=partner.networks,
            owner=partner.owner,
            requests_per_second=partner.requests_per_second // max(1, askers),
            connect_seconds=partner.connect_seconds,
            answer_seconds=partner.answer_seconds,
            processor=DataProcessor(
                name=partner.company,
                purpose=Bilingual(indonesian=partner.purpose.indonesian, english=partner.purpose.english),
                data=partner.personal_data,
                country=partner.country,
                place=partner.place,
                legal_ground=partner.legal_ground,
                transfer=partner.transfer,
            ),
            key_arn=foundation.personal_key.arn,
            deletion_protection=environment.deletion_protection,
        ),
    )


def _rotation(
    apis: Mapping[PartnerName, PartnerApi], config: StackConfig, foundation: Foundation, source: Path
) -> CredentialRotation:
    settings = config.settings
    subnets = foundation.network.private_subnets.values()
    return CredentialRotation(
        logical(settings.environment.name, "rotation"),
        CredentialRotationArgs(
            secrets={
                logical(name, kind): RotatedSecret(
                    kind=kind,
                    arn=api.credential.arn if kind == "credential" else api.webhook.arn,
                    days=settings.partners[name].rotation_days,
                    connect_seconds=settings.partners[name].connect_seconds,
                    answer_seconds=settings.partners[name].answer_seconds,
                )
                for name, api in apis.items()
                for kind in SECRET_KINDS
            },
            networks={name: api.args.networks for name, api in apis.items()},
            source=source,
            account_id=foundation.account_id,
            region=config.region,
            vpc_id=foundation.network.vpc.id,
            subnet_ids=[subnet.id for subnet in subnets],
            subnet_arns=[subnet.arn for subnet in subnets],
            key_arn=foundation.personal_key.arn,
            log_retention_days=settings.logs.retention_days,
            deletion_protection=settings.environment.deletion_protection,
        ),
    )
