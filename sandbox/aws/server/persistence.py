"""Keeping the emulated cloud over restarts: every backend of moto in one file.

The file is written as a whole, beside the old one, and moved in its place: a reader sees the state before or after,
never half of it. After `kill -9` at most the changes of the last `DEBOUNCE` seconds (and of the write itself) are
lost; SIGTERM writes what is left. The backends are pickled together, so that what one holds of another stays the
same object.
"""

from __future__ import annotations

import io
import pickle
import threading
import traceback
import types
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import Certificate, load_pem_x509_certificate
from moto import __version__ as moto_version
from moto.backends import get_backend
from moto.core.base_backend import BackendDict, BaseBackend

from sandbox.aws.server.cloud import Cloud

FORMAT = 1
"""Grows when files written before can no longer be read."""

DEBOUNCE = 0.5
"""Seconds between a change and its write, so that a burst of changes is written once."""

Backends = dict[str, list[tuple[str, str, BaseBackend]]]


class UnreadableStateError(RuntimeError):
    """The file holds a state that this program can't take up."""


class _Pickler(pickle.Pickler):
    """Pickles the kinds of object in moto's backends that pickle by itself refuses."""

    def reducer_override(self, value: object) -> Any:
        if isinstance(value, _RLOCK):
            return threading.RLock, ()
        if isinstance(value, _LOCK):
            return threading.Lock, ()
        if isinstance(value, RSAPrivateKey | EllipticCurvePrivateKey):
            return _private_key, (value.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),)
        if isinstance(value, Certificate):
            return _certificate, (value.public_bytes(Encoding.PEM),)
        if isinstance(value, WeakValueDictionary):
            return WeakValueDictionary, (dict(value),)
        if isinstance(value, BackendDict):
            return get_backend, (value.service_name,)
        if isinstance(value, defaultdict) and type(value) is not defaultdict:
            return (
                _defaulting_dictionary,
                (type(value), value.default_factory),
                value.__dict__,
                None,
                iter(value.items()),
            )
        if isinstance(value, types.FunctionType) and value.__qualname__ == _SSM_TAGS_FACTORY:
            return _dictionaries_by_default, ()
        return NotImplemented


_RLOCK = type(threading.RLock())
_LOCK = type(threading.Lock())
_SSM_TAGS_FACTORY = "SimpleSystemManagerBackend.__init__.<locals>.<lambda>"


def _private_key(pem: bytes) -> PrivateKeyTypes:
    return load_pem_private_key(pem, password=None)


def _certificate(pem: bytes) -> Certificate:
    return load_pem_x509_certificate(pem)


def _defaulting_dictionary(kind: type[defaultdict[Any, Any]], factory: Callable[[], Any] | None) -> Any:
    """An empty one, whatever arguments the kind's own constructor wants; pickle fills it."""
    dictionary = kind.__new__(kind)
    dictionary.default_factory = factory
    return dictionary


def _dictionaries_by_default() -> Callable[[], defaultdict[str, dict[str, str]]]:
    return _dictionary_of_dictionaries


def _dictionary_of_dictionaries() -> defaultdict[str, dict[str, str]]:
    return defaultdict(dict)


def dump() -> bytes:
    """Everything that moto holds. Call it with the cloud's lock held."""
    backends: Backends = {str(services.service_name): list(services.iter_backends()) for services in _services_in_use()}
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(
        {
            "format": FORMAT,
            "moto": moto_version,
            "bucket_accounts": get_backend("s3").bucket_accounts,  # type: ignore[attr-defined]
            "backends": backends,
        }
    )
    return buffer.getvalue()


def _services_in_use() -> list[BackendDict[BaseBackend]]:
    return list(BackendDict._instances)  # type: ignore[misc]  # noqa: SLF001 - moto keeps no other list of them


def restore(path: Path) -> None:
    """Put the backends that `path` holds in moto's place for them. Nothing happens where there is no such file.

    Raises UnreadableStateError, naming the file, where it is damaged or was written by another version.
    """
    if not path.exists():
        return
    hint = "discard it with the sandbox's state (`down --erase`), or run the version that wrote it"
    try:
        content = pickle.loads(path.read_bytes())  # noqa: S301 - our own file, readable by this user only
    except Exception as error:
        raise UnreadableStateError(f"{path} can't be read ({type(error).__name__}: {error}); {hint}") from error
    written_by = (content["format"], content["moto"])
    if written_by != (FORMAT, moto_version):
        raise UnreadableStateError(
            f"{path} was written in format {written_by[0]} with moto {written_by[1]}; "
            f"this program reads format {FORMAT} with moto {moto_version}; {hint}"
        )
    get_backend("s3").bucket_accounts.update(content["bucket_accounts"])  # type: ignore[attr-defined]
    for service, backends in content["backends"].items():
        for account, region, backend in backends:
            get_backend(service)[account][region] = backend


class StateWriter(threading.Thread):
    """Writes the cloud to `path` shortly after each change."""

    def __init__(self, cloud: Cloud, path: Path) -> None:
        super().__init__(name="state writer", daemon=True)
        self._cloud = cloud
        self._path = path
        self._written = cloud.changes
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._cloud.wait_for_change(self._written)
            self._stopping.wait(DEBOUNCE)
            try:
                self.write()
            except Exception as error:  # noqa: BLE001 - the cloud goes on, and its health says what it can't do
                traceback.print_exc()
                self._written = self._cloud.changes
                self._cloud.fault = f"the state can't be written: {error}"

    def stop(self) -> None:
        """Write what has not been written yet, and end."""
        self._stopping.set()
        self._cloud.mark_changed()
        self.join()

    def write(self) -> None:
        """Write the present state, whether or not it has changed."""
        with self._cloud.lock:
            changes = self._cloud.changes
            content = dump()
        temporary = self._path.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_bytes(content)
        temporary.replace(self._path)
        self._written = changes
        self._cloud.fault = None
