"""The record is its owner's alone, and whole whoever writes to it at once."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.saas.record import Entry, GoneError, Record, TakenError

pytestmark = pytest.mark.unit

TOKEN = "cloudflare:index/dnsRecord:DnsRecord"
ENTRY = Entry(id="a", inputs={"content": "x"}, added={"createdOn": "2026-01-01T00:00:00Z"})


def test_it_is_kept_over_restarts_for_its_owner_only(tmp_path: Path) -> None:
    Record(tmp_path, "cloudflare").add(TOKEN, "z/a", ENTRY)
    assert Record(tmp_path, "cloudflare").entries() == {TOKEN: {"z/a": ENTRY}}
    assert stat.S_IMODE((tmp_path / "cloudflare.json").stat().st_mode) == 0o600


def test_vendors_have_records_of_their_own(tmp_path: Path) -> None:
    Record(tmp_path, "cloudflare").add(TOKEN, "z/a", ENTRY)
    assert Record(tmp_path, "grafana").entries() == {}


def test_many_may_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    def add(number: int) -> None:
        Record(tmp_path, "cloudflare").add(TOKEN, f"z/{number}", ENTRY)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(64)))
    assert len(Record(tmp_path, "cloudflare").entries()[TOKEN]) == 64


def test_a_place_is_taken_once_unless_it_is_taken_over(tmp_path: Path) -> None:
    record = Record(tmp_path, "cloudflare")
    record.add(TOKEN, "z/a", ENTRY)
    with pytest.raises(TakenError):
        record.add(TOKEN, "z/a", ENTRY)
    record.add(TOKEN, "z/a", ENTRY, over=True)


def test_what_has_gone_is_neither_changed_nor_removed_again(tmp_path: Path) -> None:
    record = Record(tmp_path, "cloudflare")
    record.add(TOKEN, "z/a", ENTRY)
    assert record.remove(TOKEN, "z/a")
    assert not record.remove(TOKEN, "z/a")
    with pytest.raises(GoneError):
        record.replace(TOKEN, "z/a", ENTRY)
