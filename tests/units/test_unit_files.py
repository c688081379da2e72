"""The unit files as systemd reads them, and what each directive is there for."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bot.settings import BotSettings
from engine.settings import keys
from tests.shape.source import ROOT
from tests.units.unit_files import ALERT, BOT, ENGINE, UNITS, Unit, read

SERVICES = (ENGINE, BOT, ALERT)
MOST_EXPOSURE = 15
"""In tenths: systemd calls 1.5 OK, and a unit without hardening comes to 9.2."""
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateIPC": "yes",
    "PrivateMounts": "yes",
    "ProtectHostname": "yes",
    "ProtectClock": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes",
    "ProtectProc": "invisible",
    "ProcSubset": "pid",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "SystemCallArchitectures": "native",
    "SystemCallErrorNumber": "EPERM",
    "UMask": "0077",
    "LimitCORE": "0",
}
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here"
)


@pytest.fixture(params=SERVICES)
def unit(request: pytest.FixtureRequest) -> Unit:
    return read(UNITS / request.param)


def copies(folder: Path) -> list[str]:
    """Return copies that run a program which exists: a missing one is complained of too."""
    found = []
    for name in SERVICES:
        lines = (UNITS / name).read_text().splitlines()
        begun = [i for i, line in enumerate(lines) if line.startswith("ExecStart=")]
        assert len(begun) == 1
        lines[begun[0]] = "ExecStart=/bin/true"
        path = folder / name.replace("@.", "@x.")
        path.write_text("\n".join(lines))
        found.append(str(path))
    return found


def verified(paths: list[str]) -> str:
    """Return what systemd complains of; its exit code says nothing of unknown keys."""
    shown = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout + shown.stderr


@needs_systemd
def test_systemd_has_nothing_to_complain_of(tmp_path: Path):
    assert verified(copies(tmp_path)) == ""


@needs_systemd
def test_planted_misspelling_is_complained_of(tmp_path: Path):
    engine, *_ = copies(tmp_path)
    path = Path(engine)
    path.write_text(path.read_text().replace("WatchdogSec=", "WatchdogSecs="))
    assert "WatchdogSecs" in verified([engine])


@needs_systemd
@pytest.mark.parametrize("number", range(len(SERVICES)))
def test_exposure_is_low(tmp_path: Path, number: int):
    path = copies(tmp_path)[number]
    shown = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stdout


def test_every_unit_is_hardened(unit: Unit):
    assert {key: unit.get(f"Service.{key}") for key in HARDENED} == HARDENED
    assert unit.all("Service.SystemCallFilter")[:2] == [
        "@system-service",
        "~@privileged @resources",
    ]


def test_engine_is_watched_started_again_and_given_up_on_as_designed():
    engine = read(UNITS / ENGINE)
    assert engine.get("Service.Type") == "notify"
    assert engine.get("Service.NotifyAccess") == "main"
    assert engine.seconds("Service.WatchdogSec") == 30
    assert engine.get("Service.WatchdogSignal") == "SIGABRT"
    assert engine.get("Service.Restart") == "on-failure"
    assert engine.seconds("Service.RestartSec") == 5
    assert engine.get("Service.RestartPreventExitStatus") == "78"
    assert engine.get("Service.RestartForceExitStatus") == "0"
    assert engine.seconds("Unit.StartLimitIntervalSec") == 600
    assert engine.get("Unit.StartLimitBurst") == "5"
    assert engine.seconds("Service.TimeoutStopSec") == 45
    assert engine.get("Service.KillMode") == "mixed"
    assert "MemoryMax" in str(engine.values)


def test_every_service_that_stays_down_raises_the_alert():
    for name in (ENGINE, BOT):
        assert read(UNITS / name).get("Unit.OnFailure") == ALERT.replace("@", f"@{name}")
    assert "OnFailure" not in (UNITS / ALERT).read_text()


def test_python_is_isolated_unbuffered_and_prints_stacks():
    for name, module in ((ENGINE, "engine"), (BOT, "bot")):
        assert read(UNITS / name).words("Service.ExecStart") == [
            *("/opt/pasu/.venv/bin/python", "-I", "-u", "-B", "-X", "faulthandler", "-m", module)
        ]


def test_engine_and_bot_meet_at_one_socket_and_share_nothing_else():
    engine, bot = read(UNITS / ENGINE), read(UNITS / BOT)
    assert engine.get("Service.User") == engine.get("Service.Group") == "pasu"
    assert engine.get("Service.StateDirectoryMode") == "0700"
    assert engine.get("Service.RuntimeDirectoryMode") == "0750"
    assert bot.get("Service.User") == bot.get("Service.Group") == "pasu-bot"
    assert bot.get("Service.SupplementaryGroups") == "pasu"
    assert bot.get("Service.InaccessiblePaths") == "-/var/lib/pasu"
    for service in (engine, bot):
        assert "SOCKET_PATH=/run/pasu/engine.sock" in service.all("Service.Environment")


def test_every_secret_is_the_credential_of_one_service_and_in_no_environment():
    secret = {key.key for key in keys() if key.secret}
    loaded = {
        name: {line.partition(":")[0] for line in read(UNITS / name).all("Service.LoadCredential")}
        for name in SERVICES
    }
    assert loaded[BOT] == loaded[ALERT] == {"TELEGRAM_BOT_TOKEN"}
    assert loaded[ENGINE] == secret - {"TELEGRAM_BOT_TOKEN"}
    for name in SERVICES:
        for line in read(UNITS / name).all("Service.LoadCredential"):
            key, _, path = line.partition(":")
            assert path == f"/etc/pasu/credentials/{key}"
        assert not any(
            key in "".join(read(UNITS / name).all("Service.Environment")) for key in secret
        )


def test_install_hands_the_bot_every_setting_that_it_reads():
    line = next(
        line for line in (UNITS / "install.sh").read_text().splitlines() if "bot_keys=" in line
    )
    set_by_unit = {"DATA_DIR", "SOCKET_PATH", "TELEGRAM_BOT_TOKEN"}
    read_by_bot = {name.upper() for name in BotSettings.model_fields} - set_by_unit
    assert set(line.partition("=")[2].strip("'").split("|")) == read_by_bot


@needs_systemd
def test_users_of_the_units_are_made(tmp_path: Path):
    (tmp_path / "etc").mkdir()
    shown = subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", UNITS / "pasu.sysusers"],
        capture_output=True,
        text=True,
        check=False,
    )
    if "Permission denied" in shown.stderr or shutil.which("systemd-sysusers") is None:
        pytest.skip("only root may make users here")
    assert shown.returncode == 0, shown.stderr
    made = {line.split(":")[0] for line in (tmp_path / "etc" / "passwd").read_text().splitlines()}
    assert made == {read(UNITS / name).get("Service.User") for name in SERVICES}


def test_the_read_me_names_every_unit():
    text = (ROOT / "README.md").read_text()
    assert [name for name in ("pasu-engine", "pasu-bot", "pasu-alert@") if name not in text] == []
