"""Tags from a closed vocabulary, put on every resource that can bear them by one transformation of the stack.

A resource can bear tags where its typed arguments say so. What its tags are follows from the component that it is a
child of, so that nothing has to be remembered when a component is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from components.component import Component


class TagKey(StrEnum):
    """Every tag key that there is."""

    ENVIRONMENT = "environment"
    LAYER = "layer"
    SERVICE = "service"
    OWNER = "owner"
    DATA_CLASS = "data-class"
    COST_CENTRE = "cost-centre"


# AWS's own: the cluster's controller registers containers only in target groups that bear its cluster's name.
CLUSTER_TAG = "eks:eks-cluster-name"


def tag_every_resource(*, environment: str, cost_centre: str) -> None:
    """Have all resources of the stack that are made from now on tagged."""

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        # An image's `tags` are its names.
        if not args.type_.startswith("aws:") or "tags" not in args.props:
            return None
        component = args.opts.parent
        if not isinstance(component, Component):
            raise TypeError(f"{args.type_} '{args.name}' can bear tags but is no component's child")
        tags = {
            TagKey.ENVIRONMENT: environment,
            TagKey.LAYER: component.layer,
            TagKey.SERVICE: component.classification.service,
            TagKey.OWNER: component.classification.owner,
            TagKey.DATA_CLASS: component.classification.data_class,
            TagKey.COST_CENTRE: cost_centre,
        }
        own = cast("Mapping[str, pulumi.Input[str]]", args.props["tags"] or {})
        plain: dict[str, pulumi.Input[str]] = {**{key.value: value for key, value in tags.items()}, **own}
        return pulumi.ResourceTransformationResult(
            props={**args.props, **_tag_arguments(args.resource, plain)}, opts=args.opts
        )

    pulumi.runtime.register_stack_transformation(transform)


def _tag_arguments(resource: pulumi.Resource, tags: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    """The tag arguments of a resource, those for what it launches included: AWS does not hand tags on by itself."""
    if isinstance(resource, aws.autoscaling.Group):
        return {
            "tags": [
                aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
                for key, value in tags.items()
            ]
        }
    if isinstance(resource, aws.ec2.LaunchTemplate):
        volumes = aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type="volume", tags=tags)
        return {"tags": tags, "tag_specifications": [volumes]}
    if isinstance(resource, aws.ec2.Instance):
        return {"tags": tags, "volume_tags": tags}
    return {"tags": tags}
