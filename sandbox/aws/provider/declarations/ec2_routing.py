"""EC2: route tables, routes, and which subnet uses which table."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Update, fixed
from sandbox.aws.provider.declarations.ec2_network import arn
from sandbox.aws.provider.declarations.ec2_tags import ec2_tagging
from sandbox.aws.provider.work import Work
from sandbox.provider.values import Properties

# A route's target is exactly one of these.
_TARGETS = {
    "gatewayId": Input(),
    "natGatewayId": Input(),
    "networkInterfaceId": Input(),
    "egressOnlyGatewayId": Input(api="EgressOnlyInternetGatewayId"),
    "transitGatewayId": Input(),
    "vpcEndpointId": Input(),
    "vpcPeeringConnectionId": Input(),
}


def _extend_route_table(work: Work, model: Model) -> None:
    model["Arn"] = arn(work, f"route-table/{work.id}")


ROUTE_TABLE = Declaration(
    type="aws:ec2/routeTable:RouteTable",
    service="ec2",
    inputs={"vpcId": fixed()},
    create=Call("create_route_table", result="RouteTable.RouteTableId"),
    read=Call("describe_route_tables", {"RouteTableIds": ["{id}"]}, "RouteTables[0]"),
    delete=Call("delete_route_table", {"RouteTableId": "{id}"}),
    extend=_extend_route_table,
    tagging=ec2_tagging("route-table"),
)


def _check_route(inputs: Properties) -> list[tuple[str, str]]:
    given = [target for target in _TARGETS if target in inputs]
    if len(given) == 1:
        return []
    return [(given[1] if given else "gatewayId", f"exactly one of {', '.join(_TARGETS)} must be given")]


def _read_route(work: Work) -> Model | None:
    table, destination = work.known["routeTableId"], work.known["destinationCidrBlock"]
    routes = work.find("RouteTables[0].Routes", "describe_route_tables", RouteTableIds=[table])
    route = next((route for route in routes or [] if route.get("DestinationCidrBlock") == destination), None)
    return None if route is None else {**route, "RouteTableId": table}


ROUTE = Declaration(
    type="aws:ec2/route:Route",
    service="ec2",
    id="{routeTableId}_{destinationCidrBlock}",
    inputs={"routeTableId": fixed(), "destinationCidrBlock": fixed(), **_TARGETS},
    create=Call("create_route"),
    read=_read_route,
    updates=(Update(Call("replace_route"), ("routeTableId", "destinationCidrBlock", *_TARGETS)),),
    delete=Call("delete_route", {"RouteTableId": "{routeTableId}", "DestinationCidrBlock": "{destinationCidrBlock}"}),
    check=_check_route,
)


def _read_association(work: Work) -> Model | None:
    found: Model | None = work.find(
        f"RouteTables[].Associations[] | [?RouteTableAssociationId=='{work.id}'] | [0]",
        "describe_route_tables",
        Filters=[{"Name": "association.route-table-association-id", "Values": [work.id]}],
    )
    return found


ROUTE_TABLE_ASSOCIATION = Declaration(
    type="aws:ec2/routeTableAssociation:RouteTableAssociation",
    service="ec2",
    # AWS gives a moved association another id, and a resource's id cannot change: moving it is replacing it.
    inputs={"routeTableId": fixed(), "subnetId": fixed(), "gatewayId": fixed()},
    create=Call("associate_route_table", result="AssociationId"),
    read=_read_association,
    delete=Call("disassociate_route_table", {"AssociationId": "{id}"}),
    conflicts=(("subnetId", "gatewayId"),),
    delete_before_replace=True,
)

ALL = (ROUTE_TABLE, ROUTE, ROUTE_TABLE_ASSOCIATION)
