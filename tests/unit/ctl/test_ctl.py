"""`galene-py ctl`: every verb against a running interface; what it prints, and how it fails."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from galene_py import limits
from galene_py.cli import main
from galene_py.cli.ctl import ctl
from galene_py.cli.ctl.parameters import merge, two_dashes
from galene_py.cli.ctl.settings import DEFAULT_SERVER, read
from galene_py.cli.ctl.setup import running
from galene_py.groups.description import password_from_object
from galene_py.groups.passwords import matches
from unit.api.backend import GROUP, Backend, Thread

VERBS = {
    *("initial-setup", "hash-password", "set-password", "delete-password"),
    *("list-groups", "show-group", "create-group", "update-group", "delete-group"),
    *("list-users", "create-user", "update-user", "delete-user"),
    *("list-tokens", "create-token", "update-token", "revoke-token", "delete-token"),
}


class Shell:
    """Runs `ctl` against one server as its admin."""

    def __init__(self, backend: Backend, url: str, home: Path) -> None:
        self.backend = backend
        self.url = url
        self.home = home

    def run(self, *args: str, stdin: str | None = None, admin: bool = True) -> Result:
        before = ["--server", self.url]
        if admin:
            before += ["--admin-username", "root", "--admin-password", "pw"]
        environment = {"XDG_CONFIG_HOME": str(self.home), "HOME": str(self.home)}
        return CliRunner(env=environment).invoke(ctl, [*before, *args], input=stdin)

    def ok(self, *args: str, stdin: str | None = None) -> str:
        result = self.run(*args, stdin=stdin)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        return result.stdout

    def fails(self, *args: str, stdin: str | None = None, status: int = 1) -> str:
        result = self.run(*args, stdin=stdin)
        assert result.exit_code == status, result.output
        assert result.stdout == ""
        return result.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    backend = Backend(tmp_path, {"watch": GROUP, "teaching/maths": {}})
    with Thread(backend) as server:
        yield Shell(backend, server.url, tmp_path)


def test_all_verbs_are_there_and_explain_themselves() -> None:
    assert set(ctl.commands) >= VERBS
    for verb in ctl.commands:
        result = CliRunner().invoke(main, ["ctl", verb, "--help"])
        assert result.exit_code == 0
        assert "Usage" in result.stdout


def test_bans(shell: Shell) -> None:
    ban = shell.ok("bans", "add", "-group", "watch", "-address", "192.0.2.7", "-duration", "2h").strip()
    server = shell.ok("bans", "add", "--group", "", "--user", "pest").strip()
    assert shell.ok("bans", "list", "--group", "watch").startswith(f"{ban}  192.0.2.7  ")
    assert json.loads(shell.ok("bans", "list", "--group", "", "--json"))[0]["user"] == "pest"
    shell.ok("bans", "lift", "--group", "watch", ban)
    shell.ok("bans", "lift", "--group", "", server)
    assert shell.ok("bans", "list", "--group", "watch") == ""
    shell.fails("bans", "lift", "--group", "watch", ban)
    shell.fails("bans", "add", "--group", "watch", status=1)


def test_groups(shell: Shell) -> None:
    assert shell.ok("list-groups") == "teaching/maths\nwatch\n"
    assert shell.ok("list-groups", "t*") == ""
    assert shell.ok("list-groups", "t*/*", "nothing") == "teaching/maths\n"
    assert json.loads(shell.ok("list-groups", "--json")) == ["teaching/maths", "watch"]
    assert (
        shell.ok("create-group", "--group", "a/new", "--auto-subgroups", "--unrestricted-tokens=false") == ""
    )
    assert shell.backend.file("a/new") == {"auto-subgroups": True}
    assert shell.fails("create-group", "--group", "a/new").startswith(
        "Create group: HTTP error: 412 Precondition Failed\n"
    )
    template = '{"displayName": "A <b>", "contact": "me", "auto-subgroups": null}'
    shell.ok("update-group", "--group", "a/new", "--json", stdin=template)
    assert shell.ok("show-group", "--group", "a/new") == (
        '{\n    "contact": "me",\n    "displayName": "A \\u003cb\\u003e"\n}\n'
    )
    shell.ok("update-group", "--group", "a/new", "--unrestricted-tokens", "--json", stdin='{"contact": null}')
    assert shell.backend.file("a/new") == {"displayName": "A <b>", "unrestricted-tokens": True}
    shell.ok("delete-group", "--group", "a/new")
    assert "404 Not Found" in shell.fails("delete-group", "--group", "a/new")


def test_users(shell: Shell) -> None:
    shell.ok("create-user", "--group", "watch", "--user", "carrot")
    shell.ok("create-user", "--group", "watch", "--user", "raw", "--permissions", '["token", "present"]')
    assert shell.ok("list-users", "--group", "watch").split("\n")[:2] == ["a/b c", "carrot"]
    assert shell.ok("list-users", "--group", "watch", "-l", "c*", "raw") == (
        "carrot       present\nclerk        admin\nraw          [pt]\n"
    )
    listed = json.loads(shell.ok("list-users", "--group", "watch", "-l", "--json", "raw"))
    assert listed == [{"user": "raw", "permissions": ["token", "present"]}]
    shell.ok("update-user", "--group", "watch", "--user", "a/b c", "--permissions", "op")
    assert shell.backend.file("watch")["users"]["a/b c"] == {"permissions": "op"}
    assert "unknown permission" in shell.fails(
        "update-user", "--group", "watch", "--user", "carrot", "--permissions", "king"
    )
    shell.ok("update-user", "--group", "watch", "--wildcard", "--permissions", "observe")
    assert shell.backend.file("watch")["wildcard-user"] == {"password": "1234", "permissions": "observe"}
    shell.ok("delete-user", "--group", "watch", "--wildcard")
    shell.ok("delete-user", "--group", "watch", "--user", "carrot")
    assert "404" in shell.fails("delete-user", "--group", "watch", "--user", "carrot")
    shell.ok("create-user", "--group", "watch", "--user", "t", "--json", stdin='{"permissions": "message"}')
    assert shell.backend.file("watch")["users"]["t"] == {"permissions": "message"}


def test_passwords(shell: Shell) -> None:
    def stored() -> Any:
        return password_from_object(shell.backend.file("watch")["users"]["vimes"].get("password"))

    for given_, stdin in ((("--password", "new"), None), ((), "new\n")):
        for kind in ("bcrypt", "pbkdf2"):
            options = ("--type", kind, "--cost", "4", "--iterations", "10")
            shell.ok("set-password", "--group", "watch", "--user", "vimes", *given_, *options, stdin=stdin)
            assert stored().type == kind
            assert matches(stored(), "new")
    shell.ok("set-password", "--group", "watch", "--user", "vimes", "--type", "wildcard")
    assert stored().type == "wildcard"
    shell.ok("delete-password", "--group", "watch", "--user", "vimes")
    assert stored() is None
    assert "No password" in shell.fails("set-password", "--group", "watch", "--user", "vimes", stdin="")
    assert "404" in shell.fails("set-password", "--group", "watch", "--user", "nobody", "--password", "x")


def test_hashing_prints_what_a_file_may_contain(shell: Shell) -> None:
    for kind in ("bcrypt", "pbkdf2"):
        printed = shell.ok("hash-password", "--type", kind, "--cost", "4", stdin="secret\n")
        assert matches(password_from_object(json.loads(printed)), "secret")
    made = [
        json.loads(shell.ok("hash-password", "--type", kind, stdin="secret\n"))
        for kind in ("bcrypt", "pbkdf2")
    ]
    assert made[0]["key"].startswith(f"$2a${limits.BCRYPT_COST}$")
    assert made[1]["iterations"] == limits.PBKDF2_ITERATIONS
    assert shell.ok("hash-password", "--type", "wildcard") == '{"type":"wildcard"}\n'
    assert "Wildcard" in shell.fails("hash-password", "--type", "wildcard", "--password", "x")
    assert "unknown" in shell.fails("hash-password", "--type", "scrypt", "--password", "x")
    assert "72" in shell.fails("hash-password", "--password", "x" * 73)


@pytest.mark.parametrize("group", ["watch", ""])
def test_tokens(shell: Shell, group: str) -> None:
    token = shell.ok("create-token", "--group", group, "--user", "carol", "--permissions", "op").strip()
    other = shell.ok("create-token", "--group", group, "--include-subgroups", "--duration", "-1h").strip()
    assert shell.ok("list-tokens", "--group", group).split() == sorted([token, other])
    lines = shell.ok("list-tokens", "--group", group, "-l").splitlines()
    assert f"{other:<11} {'':<20} {'Hmp':<4} {'(expired)':<20}" in lines
    line = next(line for line in lines if line.startswith(token))
    assert re.fullmatch(
        re.escape(f"{token:<11} {'carol':<20} cmopt ") + r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ?", line
    )
    shell.ok(
        "update-token", "--group", group, "--token", token, "--permissions", "message", "--duration", "7d"
    )
    listed = {
        entry["token"]: entry
        for entry in json.loads(shell.ok("list-tokens", "--group", group, "-l", "--json"))
    }
    assert listed[token]["permissions"] == ["message"]
    assert listed[token]["username"] == "carol"
    shell.ok("revoke-token", "--group", group, "--token", token)
    assert shell.ok("list-tokens", "--group", group, "-l").count("(expired)") == 2
    shell.ok("delete-token", "--group", group, "--token", token)
    assert "404" in shell.fails("delete-token", "--group", group, "--token", token)
    assert "404" in shell.fails("revoke-token", "--group", group, "--token", token)


def test_an_admin_token_will_do(shell: Shell) -> None:
    token = shell.ok("create-token", "--group", "", "--include-subgroups", "--permissions", "admin").strip()
    assert shell.run("list-groups", admin=False).exit_code == 1
    assert shell.run("--admin-token", token, "list-groups", admin=False).stdout.startswith("teaching")


@pytest.mark.parametrize(
    "args",
    [
        ("show-group",),
        ("create-group",),
        ("delete-group", "--group", ""),
        ("list-users",),
        ("create-user", "--group", "watch"),
        ("create-user", "--group", "watch", "--user", "x", "--wildcard"),
        ("delete-user", "--user", "x"),
        ("set-password", "--group", "watch"),
        ("list-tokens",),
        ("update-token", "--group", "watch"),
        ("create-group", "--group", "x", "extra"),
        ("create-token", "--group", "watch", "--permissions", "king"),
        ("create-user", "--group", "watch", "--user", "x", "--permissions", "[x"),
        ("create-group", "--group", "x", "--json"),
        ("list-groups", "[a"),
        ("no-such-verb",),
        (),
    ],
)
def test_what_lacks_something_fails_with_status_1(shell: Shell, args: tuple[str, ...]) -> None:
    assert shell.fails(*args, stdin="{").strip()
    assert not (shell.backend.groups / "x.json").exists()


@pytest.mark.parametrize(
    "args", [("list-groups", "--bogus"), ("create-token", "--group", "g", "--duration", "soon")]
)
def test_what_cannot_be_parsed_fails_with_status_2(shell: Shell, args: tuple[str, ...]) -> None:
    shell.fails(*args, status=2)


def test_errors_say_what_to_do(shell: Shell) -> None:
    shell.backend.config = replace(shell.backend.config, writableGroups=False)
    assert "writableGroups" in shell.fails("create-group", "--group", "x")
    bad = shell.fails("update-group", "--group", "watch", "--json", stdin='{"publik": 1}')
    assert bad.splitlines()[0] == "Update group: HTTP error: 400 Bad Request"
    assert "unknown field: publik" in bad
    wrong = shell.run("--server", "http://127.0.0.1:1", "list-groups")
    assert wrong.exit_code == 1
    assert "is the server running" in wrong.stderr
    for address in ("nonsense", "http://[", "file:///etc/passwd"):
        assert shell.run("--server", address, "list-groups").exit_code == 1


def test_single_dashes_of_the_other_tool_are_understood(shell: Shell) -> None:
    shell.ok("create-group", "-group", "x", "-auto-subgroups=true")
    assert shell.backend.file("x") == {"auto-subgroups": True}
    args = [
        "-admin-username",
        "root",
        "-admin-password",
        "pw",
        "-server",
        shell.url,
        "list-users",
        "-group=watch",
        "-l",
    ]
    result = CliRunner(env={"XDG_CONFIG_HOME": str(shell.home)}).invoke(ctl, args)
    assert (result.exit_code, "vimes" in result.stdout) == (0, True)
    command = ctl.commands["list-users"]
    assert two_dashes(command, ["-l", "-group", "x", "--", "-group"]) == [
        "-l",
        "--group",
        "x",
        "--",
        "-group",
    ]


def test_initial_setup(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "galene" / "galenectl.json"
    runner = CliRunner(env={"XDG_CONFIG_HOME": str(tmp_path)})
    start = ["--server", shell.url, "--admin-username", "root"]
    done = runner.invoke(ctl, [*start, "initial-setup"], input="secret\n")
    assert done.exit_code == 0, done.output
    assert "secret" not in done.output
    for path in (settings, tmp_path / "config.json"):
        assert path.stat().st_mode & 0o777 == 0o600
    made = json.loads((tmp_path / "config.json").read_text())
    assert made["writableGroups"] is True
    assert made["users"]["root"]["permissions"] == "admin"
    assert matches(password_from_object(made["users"]["root"]["password"]), "secret")
    assert (read(settings).server, read(settings).admin_password) == (shell.url, "secret")
    assert "secret" not in repr(read(settings))
    shell.backend.config = replace(shell.backend.config, users=made["users"])
    assert runner.invoke(ctl, ["list-groups"]).stdout.startswith("teaching"), "the settings are remembered"
    again = runner.invoke(ctl, [*start, "initial-setup"], input="other\n")
    assert (again.exit_code, "exists" in again.stderr) == (1, True)
    (tmp_path / "config.json").unlink()
    assert runner.invoke(ctl, [*start, "initial-setup"], input="other\n").exit_code == 1
    assert not (tmp_path / "config.json").exists(), "all or nothing"
    assert read(settings).admin_password == "secret"
    assert runner.invoke(ctl, ["initial-setup"]).exit_code == 1


def test_initial_setup_says_what_is_left_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    start = ["--server", "http://localhost:1", "--admin-username", "root"]
    for config, left in (("config.json", "Put it into"), ("data/config.json", "takes it on at once")):
        runner = CliRunner(env={"XDG_CONFIG_HOME": str(tmp_path / f"home {Path(config).parent.name}")})
        done = runner.invoke(ctl, [*start, "initial-setup", "--config", config], input="secret\n")
        assert left in done.output
        assert ("Put it into" in done.output) == (config == "config.json")


def test_initial_setup_finds_the_server_of_this_machine() -> None:
    with socket.create_server(("localhost", 0)) as listening, socket.socket() as silent:
        silent.bind(("localhost", 0))
        ports = [taken.getsockname()[1] for taken in (silent, listening)]
        addresses = [f"http://localhost:{port}" for port in ports]
        assert running(addresses) == addresses[1]
        assert running(addresses[:1]) == DEFAULT_SERVER


def test_broken_settings_are_reported(shell: Shell) -> None:
    (shell.home / "galene").mkdir()
    (shell.home / "galene" / "galenectl.json").write_text('{"sever": "x"}')
    assert "sever" in shell.fails("list-groups")


@pytest.mark.parametrize("name", ["zsh", "fish"])
def test_completion(name: str) -> None:
    result = CliRunner().invoke(main, ["ctl", "completion", name])
    assert result.exit_code == 0
    assert "_GALENE_PY_COMPLETE" in result.stdout


def test_credentials_do_not_follow_redirects(shell: Shell) -> None:
    import http.server
    import threading

    asked: list[str] = []

    class Redirect(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(307)
            self.send_header("Location", shell.url + self.path)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Redirect) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        result = shell.run("--server", f"http://127.0.0.1:{server.server_port}", "list-groups")
    assert (result.exit_code, "307" in result.stderr, len(asked)) == (1, True, 1)


def test_lost_races_are_run_again(shell: Shell) -> None:
    """Two updates at once: each merges into what the other left."""
    from concurrent.futures import ThreadPoolExecutor

    from galene_py.cli.ctl.client import AdminClient

    client = AdminClient(shell.url, username="root", password="pw")
    with ThreadPoolExecutor(2) as pool:
        for number in range(4):
            pair = ({"contact": str(number)}, {"comment": str(number)})
            list(pool.map(lambda one: client.update("/.groups/watch", lambda old: merge(old, one)), pair))
            found = shell.backend.file("watch")
            assert (found["contact"], found["comment"]) == (str(number), str(number))
