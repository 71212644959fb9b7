"""What each rule is for: how grave a violation is, how to mend it, and which controls of which frameworks it serves.

A rule serves a control in part: it never fulfils one alone. Which clauses a rule serves is our reading of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave a violation is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Framework(StrEnum):
    """What the rules serve."""

    CIS_AWS = "CIS AWS Foundations Benchmark v5.0.0"
    ISO_27001 = "ISO/IEC 27001:2022, Annex A"
    UU_PDP = "UU 27/2022 (Pelindungan Data Pribadi)"
    PP_71 = "PP 71/2019"
    BSSN_4 = "Peraturan BSSN 4/2021"


@dataclass(frozen=True, kw_only=True)
class Control:
    """title: what the rule demands.
    remedy: what to do where it is violated.
    serves: by framework, the clauses.
    """

    title: str
    severity: Severity
    remedy: str
    serves: dict[Framework, tuple[str, ...]]


CIS, ISO, PDP, PP, BSSN = Framework

CONTROLS: dict[str, Control] = {
    "public-bucket": Control(
        title="No bucket is open to everybody",
        severity=Severity.CRITICAL,
        remedy="Give it a BucketPublicAccessBlock with all four switches on; share by signed addresses.",
        serves={
            CIS: ("2.1.4",),
            ISO: ("A.5.15", "A.8.3", "A.8.12"),
            PDP: ("Pasal 35", "Pasal 36", "Pasal 39"),
            PP: ("Pasal 14 ayat (1) huruf e",),
        },
    ),
    "open-port": Control(
        title="Only ports 80 and 443 of a load balancer are open to the world",
        severity=Severity.CRITICAL,
        remedy="Name the security group or network that needs the port; reach machines through Systems Manager.",
        serves={
            CIS: ("5.3", "5.4"),
            ISO: ("A.8.20", "A.8.22"),
            PDP: ("Pasal 35", "Pasal 39"),
            PP: ("Pasal 23", "Pasal 24"),
            BSSN: ("Pasal 33 ayat (2) huruf c", "Pasal 33 ayat (2) huruf d"),
        },
    ),
    "missing-encryption": Control(
        title="Whatever keeps data is encrypted at rest",
        severity=Severity.HIGH,
        remedy="Switch encryption on, with the key of the data's class; most services can't do that later.",
        serves={
            CIS: ("2.2.1", "2.3.1", "3.5", "5.1.1"),
            ISO: ("A.8.24",),
            PDP: ("Pasal 35", "Pasal 36"),
            PP: ("Pasal 14 ayat (1) huruf e",),
        },
    ),
    "missing-backup": Control(
        title="What holds data can be brought back",
        severity=Severity.HIGH,
        remedy="Keep a database's backups 7 days at least, a cache's snapshot 1 day, and a bucket's versions.",
        serves={ISO: ("A.8.13", "A.5.30"), PDP: ("Pasal 35",), PP: ("Pasal 20 ayat (1)", "Pasal 24")},
    ),
    "stateful-loss": Control(
        title="Nothing that holds data, a key or a promise to others is replaced or deleted",
        severity=Severity.CRITICAL,
        remedy="Take back the change of the property that replaces it, or keep its name by an alias; "
        "where the loss is meant, waive it for this change, with a backup at hand.",
        serves={ISO: ("A.8.10", "A.8.32", "A.5.33"), PDP: ("Pasal 35", "Pasal 38"), PP: ("Pasal 24",)},
    ),
    "wildcard-write": Control(
        title="Nobody may write to everything",
        severity=Severity.HIGH,
        remedy="Name the resources by ARN, or narrow `*` by a condition.",
        serves={
            CIS: ("1.15",),
            ISO: ("A.5.15", "A.5.18", "A.8.2"),
            PDP: ("Pasal 39",),
            PP: ("Pasal 24",),
            BSSN: ("Pasal 33 ayat (2) huruf c",),
        },
    ),
    "secret-in-clear": Control(
        title="No secret in user data, an environment variable or an output",
        severity=Severity.CRITICAL,
        remedy="Put it into Secrets Manager, hand over its ARN, and let the role read it; change the secret.",
        serves={
            CIS: ("1.17",),
            ISO: ("A.5.17", "A.8.12", "A.8.24"),
            PDP: ("Pasal 35", "Pasal 39"),
            PP: ("Pasal 23",),
        },
    ),
    "outside-indonesia": Control(
        title="Everything is kept and processed in Indonesia",
        severity=Severity.CRITICAL,
        remedy="Use ap-southeast-3 (Jakarta); a copy elsewhere needs the committee of PP 71/2019, Pasal 20.",
        serves={ISO: ("A.5.31", "A.5.34"), PDP: ("Pasal 56",), PP: ("Pasal 20 ayat (2)", "Pasal 20 ayat (3)")},
    ),
    "imds-v1": Control(
        title="Instances hand out credentials by IMDSv2 only",
        severity=Severity.HIGH,
        remedy="Set metadataOptions.httpTokens to required.",
        serves={CIS: ("5.7",), ISO: ("A.8.5", "A.8.9"), PDP: ("Pasal 39",), PP: ("Pasal 23",)},
    ),
    "weak-tls": Control(
        title="What is spoken is encrypted, with TLS 1.2 or later",
        severity=Severity.HIGH,
        remedy="Choose ELBSecurityPolicy-TLS13-1-2-Res-2021-06 or its like; force TLS on stores and buckets; at the "
        "edge set min_tls_version to 1.2, ssl to strict and always_use_https to on.",
        serves={
            CIS: ("2.1.1",),
            ISO: ("A.8.20", "A.8.24"),
            PDP: ("Pasal 35", "Pasal 36"),
            PP: ("Pasal 14 ayat (1) huruf e", "Pasal 24"),
            BSSN: ("Pasal 33 ayat (2) huruf k",),
        },
    ),
    "log-retention": Control(
        title="Logs are kept for a stated time, 90 days at least",
        severity=Severity.MEDIUM,
        remedy="Set retentionInDays.",
        serves={ISO: ("A.8.15", "A.5.28"), PDP: ("Pasal 31",), PP: ("Pasal 22 ayat (1)",)},
    ),
    "missing-tags": Control(
        title="Whatever can bear tags says whose it is, what data it holds and who pays",
        severity=Severity.MEDIUM,
        remedy="Make it a component's child: the stack's transform tags those.",
        serves={ISO: ("A.5.9", "A.5.12", "A.5.13"), PDP: ("Pasal 31",), BSSN: ("Pasal 33 ayat (1) huruf b",)},
    ),
    "privileged-pod": Control(
        title="No pod has more rights than it needs",
        severity=Severity.HIGH,
        remedy="Keep to the restricted profile of the Pod Security Standards.",
        serves={ISO: ("A.8.2", "A.8.9", "A.8.18"), PDP: ("Pasal 35", "Pasal 39"), PP: ("Pasal 23",)},
    ),
    "waivers": Control(
        title="Each waiver is whole, in force, and needed",
        severity=Severity.HIGH,
        remedy="Mend or remove it in policy/waivers.yaml; have it reviewed.",
        serves={ISO: ("A.5.36",)},
    ),
}
