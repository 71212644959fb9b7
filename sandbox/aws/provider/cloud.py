"""The sandbox's cloud as the provider calls it: one shared boto3 client a service, and errors that say what failed."""

from __future__ import annotations

import re
import threading
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel, StructureShape

DEFAULT_REGION = "ap-southeast-3"

# Every request of an update may be in flight at once; the cloud answers a call in well under a second.
_CONFIG = Config(
    max_pool_connections=64,
    retries={"mode": "standard", "max_attempts": 3},
    connect_timeout=5,
    read_timeout=120,
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
)

_GONE = re.compile(r"NotFound|NoSuch|DoesNotExist|Non[Ee]xistent|^404$|^ResourceNotFound|^InvalidDocument$")


class CloudError(RuntimeError):
    """A call that AWS refused.

    code: AWS's error code, such as `InvalidVpc.Range`.
    """

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{code}: {message} ({operation})")
        self.code = code

    @property
    def gone(self) -> bool:
        """Whether it says that the resource does not exist."""
        return bool(_GONE.search(self.code))


class Cloud:
    """AWS's APIs at one end point, in one region. Safe to share between threads."""

    def __init__(self, endpoint: str, region: str = DEFAULT_REGION) -> None:
        self.endpoint = endpoint
        self.region = region
        self._session = boto3.Session(
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",  # noqa: S106 - no secret
            region_name=region,
        )
        self._clients: dict[str, BaseClient] = {}
        self._lock = threading.Lock()
        self._account: str | None = None

    @property
    def account(self) -> str:
        """The account's id."""
        if self._account is None:
            self._account = self.call("sts", "get_caller_identity")["Account"]
        return self._account

    def client(self, service: str) -> BaseClient:
        """The shared client of a service."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service,
                    endpoint_url=self.endpoint,
                    config=_CONFIG,  # type: ignore[call-overload] # any service
                )
            return self._clients[service]

    def operation(self, service: str, method: str) -> OperationModel:
        """botocore's model of a call."""
        client = self.client(service)
        return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])

    def input_shape(self, service: str, method: str) -> StructureShape:
        """What a call takes."""
        return self.operation(service, method).input_shape or StructureShape("Nothing", {"type": "structure"})

    def call(self, service: str, method: str, **parameters: Any) -> Any:
        """Call boto3's `method`. Raises CloudError."""
        client = self.client(service)
        operation = client.meta.method_to_api_mapping[method]
        try:
            return getattr(client, method)(**parameters)
        except ClientError as error:
            detail = error.response["Error"]
            raise CloudError(operation, detail["Code"], detail.get("Message", "")) from error
        except BotoCoreError as error:
            raise CloudError(operation, type(error).__name__, str(error)) from error
