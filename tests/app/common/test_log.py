"""The log."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from app.common.log import JsonFormatter

pytestmark = pytest.mark.unit


def test_an_exception_is_logged_without_its_message() -> None:
    try:
        int("3201016703980001x")  # its message quotes the value
    except ValueError:
        record = logging.LogRecord("request", logging.ERROR, __file__, 1, "failed", None, sys.exc_info())
    line = JsonFormatter("registration").format(record)
    entry = json.loads(line)
    assert entry["error"] == "ValueError"
    assert "test_log.py" in entry["stack"][0]
    assert "3201016703980001" not in line


def test_an_entry_is_one_line_with_the_service_and_the_given_fields() -> None:
    record = logging.LogRecord("request", logging.INFO, __file__, 1, "a\nb", None, None)
    record.fields = {"status": 201}
    line = JsonFormatter("registration").format(record)
    assert "\n" not in line
    assert json.loads(line).items() >= {"service": "registration", "status": 201, "level": "info"}.items()
