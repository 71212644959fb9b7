"""EC2's tags: given in the create call, changed by one pair of calls for every resource."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Tagging


def ec2_tagging(resource_type: str) -> Tagging:
    """The tags of an EC2 resource type, such as `vpc` or `launch-template`."""
    return Tagging(
        specification=resource_type,
        add=Call("create_tags", {"Resources": ["{id}"]}),
        remove=Call("delete_tags", {"Resources": ["{id}"]}),
        remove_parameter="Tags",
        remove_pairs=True,
    )
