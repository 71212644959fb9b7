"""Trust stores hold authorities alone, and are kept while a listener asks for whom they vouch."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.tls import certificates, keys
from sandbox.tls.certificates import Names, Profile

pytestmark = pytest.mark.sandbox

BUCKET = "bundles"


def certificate(name: str, *, authority: bool) -> str:
    key = keys.generate("ECDSA", rsa_bits=0, curve="P256")
    profile = Profile(uses=["cert_signing"], hours=24, authority=authority)
    return certificates.pem(certificates.self_signed(key, Names(subject={"commonName": name}), profile))


@pytest.fixture(scope="module")
def bundle(cloud: Any) -> dict[str, str]:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-southeast-3"})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=BUCKET, Key="ca.pem", Body=certificate("one", authority=True).encode())["VersionId"]
    return {
        "CaCertificatesBundleS3Bucket": BUCKET,
        "CaCertificatesBundleS3Key": "ca.pem",
        "CaCertificatesBundleS3ObjectVersion": version,
    }


@pytest.fixture(scope="module")
def https(cloud: Any) -> dict[str, Any]:
    """What a listener is made with, but for what it asks of clients."""
    ec2, elbv2, acm = cloud.client("ec2"), cloud.client("elbv2"), cloud.client("acm")
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{number}.0/24", AvailabilityZone=f"ap-southeast-3{zone}")[
            "Subnet"
        ]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    balancer = elbv2.create_load_balancer(Name="site", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    issued = acm.request_certificate(DomainName="prakerja.example", ValidationMethod="DNS")["CertificateArn"]
    return {
        "LoadBalancerArn": balancer,
        "Protocol": "HTTPS",
        "Certificates": [{"CertificateArn": issued}],
        "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    }


def asks(elbv2: Any, listener: str) -> dict[str, Any]:
    [described] = elbv2.describe_listeners(ListenerArns=[listener])["Listeners"]
    found: dict[str, Any] = described["MutualAuthentication"]
    return found


def test_a_trust_store_is_read_back_until_it_is_deleted(cloud: Any, bundle: dict[str, str]) -> None:
    elbv2 = cloud.client("elbv2")
    [made] = elbv2.create_trust_store(Name="edge", **bundle, Tags=[{"Key": "owner", "Value": "platform"}])[
        "TrustStores"
    ]
    arn = made["TrustStoreArn"]
    assert arn.startswith("arn:aws:elasticloadbalancing:ap-southeast-3:123456789012:truststore/edge/")
    assert elbv2.describe_trust_stores(TrustStoreArns=[arn])["TrustStores"] == [made]
    assert elbv2.describe_trust_stores(Names=["edge"])["TrustStores"] == [made]
    assert (made["Status"], made["NumberOfCaCertificates"]) == ("ACTIVE", 1)
    elbv2.add_tags(ResourceArns=[arn], Tags=[{"Key": "layer", "Value": "paas"}])
    tags = elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
    assert {one["Key"]: one["Value"] for one in tags} == {"owner": "platform", "layer": "paas"}
    with pytest.raises(ClientError, match="DuplicateTrustStoreName"):
        elbv2.create_trust_store(Name="edge", **bundle)
    elbv2.delete_trust_store(TrustStoreArn=arn)
    with pytest.raises(ClientError, match="TrustStoreNotFound"):
        elbv2.describe_trust_stores(TrustStoreArns=[arn])


def test_a_bundle_is_looked_at_when_it_is_given_and_not_again(cloud: Any, bundle: dict[str, str]) -> None:
    s3, elbv2 = cloud.client("s3"), cloud.client("elbv2")
    arn = elbv2.create_trust_store(Name="copy", **bundle)["TrustStores"][0]["TrustStoreArn"]
    both = certificate("one", authority=True) + certificate("two", authority=True)
    version = s3.put_object(Bucket=BUCKET, Key="ca.pem", Body=both.encode())["VersionId"]
    assert elbv2.describe_trust_stores(TrustStoreArns=[arn])["TrustStores"][0]["NumberOfCaCertificates"] == 1
    elbv2.modify_trust_store(TrustStoreArn=arn, **{**bundle, "CaCertificatesBundleS3ObjectVersion": version})
    assert elbv2.describe_trust_stores(TrustStoreArns=[arn])["TrustStores"][0]["NumberOfCaCertificates"] == 2


@pytest.mark.parametrize("body", ["no certificate", certificate("client", authority=False)])
def test_what_is_no_authoritys_certificate_is_refused(body: str, cloud: Any, bundle: dict[str, str]) -> None:
    cloud.client("s3").put_object(Bucket=BUCKET, Key="wrong.pem", Body=body.encode())
    with pytest.raises(ClientError, match="InvalidCaCertificatesBundle"):
        cloud.client("elbv2").create_trust_store(
            Name="wrong", CaCertificatesBundleS3Bucket=BUCKET, CaCertificatesBundleS3Key="wrong.pem"
        )


@pytest.mark.parametrize(("bucket", "key"), [(BUCKET, "none.pem"), ("no-such-bucket", "ca.pem")])
def test_a_bundle_that_there_is_not_is_refused(bucket: str, key: str, cloud: Any, bundle: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="CaCertificatesBundleNotFound"):
        cloud.client("elbv2").create_trust_store(
            Name="none", CaCertificatesBundleS3Bucket=bucket, CaCertificatesBundleS3Key=key
        )


def test_a_listener_says_whom_it_asks_until_it_is_told_to_stop(
    cloud: Any, bundle: dict[str, str], https: dict[str, Any]
) -> None:
    elbv2 = cloud.client("elbv2")
    store = elbv2.create_trust_store(Name="asked", **bundle)["TrustStores"][0]["TrustStoreArn"]
    listener = elbv2.create_listener(**https, Port=443)["Listeners"][0]["ListenerArn"]
    assert asks(elbv2, listener) == {"Mode": "off"}
    verify = {"Mode": "verify", "TrustStoreArn": store, "IgnoreClientCertificateExpiry": False}
    elbv2.modify_listener(ListenerArn=listener, MutualAuthentication=verify)
    assert asks(elbv2, listener) == {**verify, "AdvertiseTrustStoreCaNames": "off"}
    [association] = elbv2.describe_trust_store_associations(TrustStoreArn=store)["TrustStoreAssociations"]
    assert association["ResourceArn"] == listener
    # What a change does not speak of stays, also where it is for another reason.
    elbv2.modify_listener(ListenerArn=listener, DefaultActions=https["DefaultActions"])
    assert asks(elbv2, listener)["Mode"] == "verify"
    with pytest.raises(ClientError, match="TrustStoreInUse"):
        elbv2.delete_trust_store(TrustStoreArn=store)
    elbv2.modify_listener(ListenerArn=listener, MutualAuthentication={"Mode": "off"})
    assert asks(elbv2, listener) == {"Mode": "off"}
    elbv2.delete_trust_store(TrustStoreArn=store)


def test_a_listener_cannot_ask_for_whom_nobody_vouches(cloud: Any, https: dict[str, Any]) -> None:
    elbv2 = cloud.client("elbv2")
    unknown = "arn:aws:elasticloadbalancing:ap-southeast-3:123456789012:truststore/none/0123456789abcdef"
    with pytest.raises(ClientError, match="TrustStoreNotFound"):
        elbv2.create_listener(**https, Port=8443, MutualAuthentication={"Mode": "verify", "TrustStoreArn": unknown})
    with pytest.raises(ClientError, match="ValidationError"):
        elbv2.create_listener(**https, Port=8443, MutualAuthentication={"Mode": "verify"})
    plain = {name: value for name, value in https.items() if name != "Certificates"} | {"Protocol": "HTTP"}
    with pytest.raises(ClientError, match="InvalidConfigurationRequest"):
        elbv2.create_listener(**plain, Port=8080, MutualAuthentication={"Mode": "off"})
