"""install.sh on a folder that stands for a host: what it lays down, keeps, replaces and refuses."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from bot.settings import load_settings
from engine.settings import SUPPORTED, keys
from engine.settings.files import load
from tests.shape.source import ROOT
from tests.units.host import INSTALL, TOKEN, UNINSTALL, Host
from tests.units.unit_files import BOT, ENGINE, UNITS

NOBODY = 65534


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def environment_of(host: Host) -> str:
    return str((host.opt / ".venv").readlink())


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_fresh_host_has_code_units_settings_and_a_command(bare_host: Host):
    done = bare_host.run(INSTALL)
    assert done.returncode == 0, done.stderr
    opt, etc = bare_host.opt, bare_host.etc
    for name in ("bot", "engine", "storage", "strategies", "systemd", "training"):
        given = {p.relative_to(ROOT) for p in (ROOT / name).rglob("*") if p.is_file()}
        assert {p for p in given if "__pycache__" not in p.parts} <= {
            p.relative_to(opt) for p in opt.rglob("*")
        }
    assert not (opt / "tests").exists()
    assert not list(opt.glob(".git*"))
    units = {path.name for path in UNITS.glob("*.service")}
    assert {path.name for path in bare_host.units.iterdir() if path.is_file()} == units
    assert mode(bare_host.root / "usr" / "local" / "bin" / "pasu") == 0o755
    assert mode(opt / ".venv" / ".complete") == 0o644
    assert mode(etc / "credentials") == 0o700
    secrets = {key.key for key in keys() if key.secret}
    assert {path.name: mode(path) for path in (etc / "credentials").iterdir()} == dict.fromkeys(
        secrets, 0o600
    )
    assert mode(bare_host.state) == 0o700
    assert mode(bare_host.state / "pasu.env") == 0o600
    assert mode(etc / "bot.env") == 0o640
    for words in (
        "TELEGRAM_BOT_TOKEN",
        "systemctl enable --now pasu-engine pasu-bot",
        "설치했습니다",
    ):
        assert words in done.stdout


def test_packages_come_from_the_lock_by_hash_as_in_the_checkout(bare_host: Host):
    bare_host.run(INSTALL)
    first, second = (bare_host.opt / ".venv" / "pip.log").read_text().splitlines()
    assert "--require-hashes --only-binary :all: -r" in first
    assert first.endswith("/requirements.lock")
    assert second.endswith(f"--no-deps --no-build-isolation -e {bare_host.opt}")
    makefile = (ROOT / "Makefile").read_text()
    assert "install --require-hashes --only-binary :all: -r" in makefile
    assert "install --no-deps --no-build-isolation -e" in makefile


def test_settings_that_were_laid_down_are_good_as_they_are(bare_host: Host):
    bare_host.run(INSTALL)
    environ = {
        "ENV_FILE": str(bare_host.state / "pasu.env"),
        "CREDENTIALS_DIRECTORY": str(bare_host.etc / "credentials"),
        "SOCKET_PATH": "/run/pasu/engine.sock",
    }
    settings = load(environ, SUPPORTED)
    assert settings.secrets() == frozenset()
    bot = load_settings(environ | {"ENV_FILE": str(bare_host.etc / "bot.env")})
    assert not bot.telegram_bot_token
    assert bot.telegram_user_ids == frozenset()


def test_keys_in_their_files_reach_engine_and_bot(host: Host):
    (host.etc / "credentials" / "UPBIT_ACCESS_KEY").write_text("an-upbit-key\n")
    environ = {"CREDENTIALS_DIRECTORY": str(host.etc / "credentials")}
    engine = load(environ | {"ENV_FILE": str(host.state / "pasu.env")}, SUPPORTED)
    assert engine.upbit_access_key is not None
    assert engine.upbit_access_key.get_secret_value() == "an-upbit-key"
    bot = load_settings(environ | {"ENV_FILE": str(host.etc / "bot.env")})
    assert bot.telegram_bot_token is not None
    assert bot.telegram_bot_token.get_secret_value() == TOKEN


def test_second_run_touches_no_setting_and_no_environment(bare_host: Host):
    bare_host.install()
    bare_host.configure(MAX_LEVERAGE="3")
    kept = [bare_host.etc, bare_host.state]
    before = [tree(folder) for folder in kept]
    environment = environment_of(bare_host)
    assert bare_host.run(INSTALL).returncode == 0
    assert [tree(folder) for folder in kept] == before
    assert environment_of(bare_host) == environment
    log = (bare_host.opt / ".venv" / "pip.log").read_text()
    assert log.count("--require-hashes") == 1


def test_update_replaces_what_is_ours_and_keeps_what_is_the_owners(bare_host: Host):
    bare_host.install()
    own = bare_host.opt / "strategies" / "turtle.py"
    own.write_text("# mine\n")
    gone = bare_host.opt / "engine" / "of_the_last_version.py"
    gone.write_text("# theirs\n")
    with (bare_host.opt / ".files").open("a") as listed:
        listed.write("engine/of_the_last_version.py\n")
    unit = bare_host.units / "pasu-engine.service"
    unit.write_text("[Unit]\n")
    assert bare_host.run(INSTALL).returncode == 0
    assert own.read_text() == "# mine\n"
    assert not gone.exists()
    assert unit.read_bytes() == (UNITS / "pasu-engine.service").read_bytes()


@pytest.mark.parametrize(("version", "is_added"), [(252, False), (255, True)])
def test_alert_is_kept_from_restarts_where_systemd_would_raise_it(
    bare_host: Host, version: int, is_added: bool
):
    systemctl = bare_host.root / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(f"#!/bin/sh\necho 'systemd {version} ({version}.4-1)'\n")
    systemctl.chmod(0o755)
    path = f"{systemctl.parent}:{os.environ['PATH']}"
    assert bare_host.run(INSTALL, PATH=path).returncode == 0
    for unit in (ENGINE, BOT):
        added = bare_host.units / f"{unit}.d" / "pasu.conf"
        assert added.exists() is is_added
        assert not is_added or "RestartMode=direct" in added.read_text().splitlines()
    assert bare_host.run(UNINSTALL).returncode == 0
    assert list(bare_host.units.iterdir()) == []


def test_lost_network_leaves_the_old_environment_in_force(bare_host: Host):
    bare_host.install()
    old = bare_host.opt / ".venv-of-an-older-lock"
    (bare_host.opt / environment_of(bare_host)).rename(old)
    (bare_host.opt / ".venv").unlink()
    (bare_host.opt / ".venv").symlink_to(old.name)
    assert bare_host.run(INSTALL, PIP_FAILS="1").returncode != 0
    assert environment_of(bare_host) == old.name
    assert bare_host.run(INSTALL).returncode == 0
    assert environment_of(bare_host) != old.name
    assert old.exists(), "what runs may still need it"
    assert bare_host.run(INSTALL).returncode == 0
    assert not old.exists()


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"PYTHON": "/nonexistent/python3"}, ("Python 3.11 or newer", "파이썬 3.11 이상")),
        ({"VERSION": "3.10.12"}, ("Python 3.11 or newer", "파이썬 3.11 이상")),
        ({"BASE_PREFIX": "/home/me/.pyenv/versions/3.12"}, ("home folder", "홈 폴더")),
    ],
)
def test_unfit_python_is_refused_in_plain_words_and_nothing_is_laid_down(
    bare_host: Host, environ: dict[str, str], words: tuple[str, str]
):
    done = bare_host.run(INSTALL, **environ)
    assert done.returncode == 1
    assert [word for word in words if word not in done.stderr] == []
    assert not bare_host.opt.exists()
    assert not bare_host.etc.exists()


@pytest.mark.parametrize("script", [INSTALL, UNINSTALL])
def test_without_root_it_says_so_and_changes_nothing(bare_host: Host, script: Path):
    nobody = [] if os.geteuid() else ["setpriv", f"--reuid={NOBODY}", "--clear-groups"]
    if nobody and shutil.which("setpriv") is None:
        pytest.skip("setpriv, with which root becomes nobody, is not installed here")
    copy = shutil.copy(script, bare_host.root)
    bare_host.root.chmod(0o755)
    done = subprocess.run(
        [*nobody, "/bin/sh", copy],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "needs root" in done.stderr
    assert "root 권한이 필요합니다" in done.stderr


def test_uninstall_takes_services_and_code_and_leaves_what_is_the_owners(bare_host: Host):
    bare_host.install()
    kept = [tree(folder) for folder in (bare_host.etc, bare_host.state)]
    done = bare_host.run(UNINSTALL)
    assert done.returncode == 0, done.stderr
    assert not bare_host.opt.exists()
    assert list(bare_host.units.iterdir()) == []
    assert not (bare_host.root / "usr" / "local" / "bin" / "pasu").exists()
    assert [tree(folder) for folder in (bare_host.etc, bare_host.state)] == kept


@pytest.mark.slow
def test_real_python_builds_the_environment_that_the_services_start_from(bare_host: Host):
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if python is None:
        pytest.skip("there is no Python of the system's here")
    done = bare_host.run(INSTALL, PYTHON=python)
    if "Python 3.11 or newer" in done.stderr or "cannot make environments" in done.stderr:
        pytest.skip("the system's Python is too old, or lacks venv")
    assert done.returncode == 0, done.stderr
    started = subprocess.run(
        [
            bare_host.opt / ".venv/bin/python",
            "-I",
            "-c",
            "import bot.app, engine.app as e; print(e.__file__)",
        ],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.stdout.strip() == str(bare_host.opt / "engine" / "app.py"), started.stderr
