"""The audit log: what happened last night, without secrets, in bounded files, at no cost to meetings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from galene_py import limits
from galene_py.audit import AuditLog


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_one_line_of_json_for_an_event(tmp_path: Path) -> None:
    path = tmp_path / "var" / "audit.jsonl"
    audit = AuditLog(path, wall_clock=lambda: 1_800_000_000.25)
    audit("login", group="g", user="line\nbreak \u202e", address="", permissions=None)
    audit.close()
    (line,) = lines(path)
    assert line == {
        "time": "2027-01-15T08:00:00.250Z",
        "event": "login",
        "group": "g",
        "user": "line\nbreak \u202e",
    }
    assert "\u202e" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_files_are_rotated_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galene_py.limits.AUDIT_FILE_BYTES", 2000)
    path = tmp_path / "audit.jsonl"
    audit = AuditLog(path)
    for number in range(500):
        audit("login", user=f"u{number}")
    audit.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == limits.AUDIT_FILES + 1
    assert all(file.stat().st_size <= 2000 and file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert lines(path)[-1]["user"] == "u499"


def test_a_flood_of_refusals_does_not_wash_away_what_others_did(tmp_path: Path) -> None:
    now = [0.0]
    audit = AuditLog(tmp_path / "audit.jsonl", clock=lambda: now[0])
    for number in range(1000):
        audit("refused", address=f"2001:db8::{number:x}", why="not-authorised")
    audit("refused", address="192.0.2.1", why="not-authorised")
    audit("login", address="2001:db8::1")
    now[0] += 2 / limits.AUDIT_REFUSAL_RATE
    audit("refused", address="2001:db8::1", why="not-authorised")
    audit.close()
    noted = lines(tmp_path / "audit.jsonl")
    assert len(noted) == limits.AUDIT_REFUSAL_BURST + 3
    assert noted[-1]["repeated"] == 1000 - limits.AUDIT_REFUSAL_BURST


def test_a_disk_that_refuses_harms_nobody_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    audit = AuditLog(tmp_path / "audit.jsonl")
    for number in range(5):
        audit("login", user=f"u{number}")
    audit.close()
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_what_comes_too_fast_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galene_py.limits.AUDIT_WAITING", 1)
    audit = AuditLog(tmp_path / "audit.jsonl")
    for number in range(2000):
        audit("login", user=f"u{number}")
    audit._listener.stop()
    audit._listener.start()
    audit("login", user="last")
    audit.close()
    noted = lines(tmp_path / "audit.jsonl")
    assert len(noted) + sum(line.get("lost", 0) for line in noted) == 2001
