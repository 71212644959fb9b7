"""Everything that moto's backends hold as bytes, and back.

The backends are pickled together, so that what one holds of another stays the same object. The bodies of large S3
objects lie in files of their own: they never change, and are written once instead of at each change of anything else.
"""

from __future__ import annotations

import io
import pickle
import threading
import types
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
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
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.s3.models import FakeKey

LARGE = 64 * 1024
"""Bytes from which on an S3 object's body has a file of its own."""

_RLOCK = type(threading.RLock())
_LOCK = type(threading.Lock())


@dataclass(frozen=True)
class _Body:
    """Stands for the content of the file of this name."""

    name: str


class Pickler(pickle.Pickler):
    """Pickles the kinds of object in moto's backends that pickle by itself refuses.

    bodies: the names of the files, in the directory `objects`, that what was dumped needs.
    """

    def __init__(self, file: io.BytesIO, objects: Path) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.bodies: set[str] = set()
        self._objects = objects

    def persistent_id(self, value: object) -> str | None:
        return value.name if isinstance(value, _Body) else None

    def reducer_override(self, value: object) -> Any:
        if isinstance(value, _RLOCK):
            return threading.RLock, ()
        if isinstance(value, _LOCK):
            return threading.Lock, ()
        if isinstance(value, RSAPrivateKey | EllipticCurvePrivateKey):
            return _private_key, (value.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),)
        if isinstance(value, Certificate):
            return _certificate, (value.public_bytes(Encoding.PEM),)
        if isinstance(value, FakeKey) and value.contentsize >= LARGE and not value.disposed:
            return self._large_object(value)
        if isinstance(value, BackendDict):
            return get_backend, (value.service_name,)
        if isinstance(value, WeakValueDictionary):
            return WeakValueDictionary, (dict(value),)
        if isinstance(value, defaultdict) and type(value) is not defaultdict:
            empty = (type(value), value.default_factory)
            return _defaulting_dictionary, empty, value.__dict__, None, iter(value.items())
        if isinstance(value, types.FunctionType) and value.__qualname__ in _FACTORIES:
            return _FACTORIES[value.__qualname__], ()
        return NotImplemented

    def _large_object(self, key: FakeKey) -> Any:
        """An object's entity tag follows from its content, so that name and size say which body it is."""
        name = f"{key.contentsize}-" + key.etag.strip('"')
        path = self._objects / name
        if not path.exists():
            temporary = path.with_suffix(".new")
            temporary.write_bytes(key.value)
            temporary.replace(path)
        self.bodies.add(name)
        state = {
            attribute: value for attribute, value in vars(key).items() if attribute not in ("_value_buffer", "lock")
        }
        return FakeKey.__new__, (FakeKey,), {**state, "value": _Body(name)}


class Unpickler(pickle.Unpickler):
    """Reads what `Pickler` has written, with the bodies from `objects`."""

    def __init__(self, file: io.BufferedIOBase, objects: Path) -> None:
        super().__init__(file)
        self._objects = objects

    def persistent_load(self, name: str) -> bytes:
        return (self._objects / name).read_bytes()


def _private_key(pem: bytes) -> PrivateKeyTypes:
    return load_pem_private_key(pem, password=None)


def _certificate(pem: bytes) -> Certificate:
    return load_pem_x509_certificate(pem)


def _defaulting_dictionary(kind: type[defaultdict[Any, Any]], factory: Callable[[], Any] | None) -> Any:
    """An empty one, whatever arguments the kind's own constructor wants; pickle fills it."""
    dictionary = kind.__new__(kind)
    dictionary.default_factory = factory
    return dictionary


def _tags_factory() -> Callable[[], defaultdict[str, dict[str, str]]]:
    return _tags


def _aliases_factory() -> type[dict[str, Any]]:
    return dict


def _tags() -> defaultdict[str, dict[str, str]]:
    return defaultdict(dict)


# Functions of moto's that have no name by which pickle would find them: what gives the same default, by their own.
_FACTORIES: dict[str, Callable[[], Callable[[], Any]]] = {
    "LambdaStorage.__init__.<locals>.<lambda>": _aliases_factory,
    "SimpleSystemManagerBackend.__init__.<locals>.<lambda>": _tags_factory,
}
