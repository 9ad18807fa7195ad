"""Log lines: one per event, no secrets, no forgery."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.log import JsonFormatter, TextFormatter, clean


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("galene_py.web").makeRecord(
        "galene_py.web", logging.WARNING, "file.py", 1, message, args, None, extra=extra
    )
    return made


@given(st.text(), st.text())
def test_an_event_is_one_line(message: str, value: str) -> None:
    for formatter in (TextFormatter(), JsonFormatter()):
        line = formatter.format(record("%s", message, value=value))
        assert len(line.splitlines()) == 1
    json.loads(JsonFormatter().format(record("%s", message, value=value)))


@pytest.mark.parametrize(
    "text",
    [
        "GET /group/x/?token=SECRET&a=b",
        '{"password": "SECRET"}',
        "Authorization: Bearer SECRET",
        "authorization: Basic SECRET",
        "credential=SECRET",
    ],
)
def test_secrets_are_blanked(text: str) -> None:
    assert "SECRET" not in clean(text)
    assert "***" in clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "users.a.password: iterations: must be at most 10000000",
        "wildcard-user.password: key: missing",
        "[0].credential: Expected `str`, got `int`",
    ],
)
def test_what_is_wrong_with_a_field_is_no_secret(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", ['a.password: "SECRET"', "a.password=SECRET", "x.token:SECRET"])
def test_a_field_with_its_value_is_blanked_also_within_a_path(text: str) -> None:
    assert "SECRET" not in clean(text)


def test_json_carries_what_the_event_carries() -> None:
    entry = json.loads(JsonFormatter().format(record("joined %s", "demo", clients=3, group="demo\n")))
    assert entry["message"] == "joined demo"
    assert entry["clients"] == 3
    assert entry["group"] == "demo\\n"
    assert entry["level"] == "warning"
    assert entry["logger"] == "web"


def test_an_exception_is_told_on_the_same_line() -> None:
    try:
        raise ValueError("two\nlines token=SECRET")
    except ValueError:
        event = record("failed")
        event.exc_info = sys.exc_info()
    line = TextFormatter().format(event)
    assert "ValueError: two\\nlines" in line
    assert "test_log.py" in line
    assert "SECRET" not in line
    assert json.loads(JsonFormatter().format(event))["exception"].startswith("ValueError")


def test_what_cannot_be_encoded_is_escaped() -> None:
    line = TextFormatter().format(record("GET /%s", "caf\udce9"))
    assert line.encode().endswith(b"caf\\udce9")
