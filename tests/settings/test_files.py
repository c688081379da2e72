"""What lies on disk: .env, its permissions, and the credentials directory."""

import os
from pathlib import Path

import pytest

from engine.domain.errors import BadConfiguration, Problem
from engine.settings.files import credentials, env_path, load, stamp

SECRET = "UPBIT_SECRET_KEY=test-secret-of-upbit\n"


@pytest.fixture
def env(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text("VOLUME_TOP_N=7\n")
    path.chmod(0o644)
    return path


def problems_of(environ: dict[str, str], *, must_exist: bool = False) -> tuple[Problem, ...]:
    with pytest.raises(BadConfiguration) as raised:
        load(environ, must_exist=must_exist)
    return raised.value.problems


def test_env_file_names_the_file(env: Path):
    assert load({"ENV_FILE": str(env)}).volume_top_n == 7


def test_without_env_file_the_working_directory_is_read(env: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(env.parent)
    assert env_path({}) == Path(".env")
    assert load({}).volume_top_n == 7


def test_no_file_at_all_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert load({}).volume_top_n == 20


def test_a_named_file_that_is_missing_is_a_problem(tmp_path: Path):
    (problem,) = problems_of({"ENV_FILE": str(tmp_path / "gone.env")})
    assert "cannot be read" in problem.message


def test_a_file_gone_at_reload_is_a_problem_and_not_a_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert problems_of({}, must_exist=True)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o620, 0o601])
def test_keys_that_others_can_reach_are_refused_with_the_command(env: Path, mode: int):
    env.write_text(SECRET)
    env.chmod(mode)
    (problem,) = problems_of({"ENV_FILE": str(env)})
    assert f"chmod 600 {env}" in problem.message


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_keys_that_only_the_owner_can_read_are_taken(env: Path, mode: int):
    env.write_text(SECRET)
    env.chmod(mode)
    settings = load({"ENV_FILE": str(env)})
    assert settings.upbit_secret_key is not None
    assert settings.upbit_secret_key.get_secret_value() == "test-secret-of-upbit"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_keys_in_a_file_of_another_user_are_refused(env: Path):
    env.write_text(SECRET)
    env.chmod(0o600)
    os.chown(env, 12345, -1)
    (problem,) = problems_of({"ENV_FILE": str(env)})
    assert "another user" in problem.message


def test_an_open_file_without_keys_is_fine(env: Path):
    env.write_text("UPBIT_SECRET_KEY=\nVOLUME_TOP_N=8\n")
    assert load({"ENV_FILE": str(env)}).volume_top_n == 8


def test_permissions_and_values_are_told_together(env: Path):
    env.write_text(f"{SECRET}MAX_LEVERAGE=99\n")
    assert [problem.key for problem in problems_of({"ENV_FILE": str(env)})] == [
        str(env),
        "MAX_LEVERAGE",
    ]


def test_a_file_that_is_no_text_is_a_problem(env: Path):
    env.write_bytes(b"VOLUME_TOP_N=\xff")
    (problem,) = problems_of({"ENV_FILE": str(env)})
    assert "UTF-8" in problem.message


def test_a_folder_in_place_of_the_file_is_a_problem(tmp_path: Path):
    (problem,) = problems_of({"ENV_FILE": str(tmp_path)})
    assert "cannot be read" in problem.message


@pytest.mark.parametrize("name", ["BINANCE_API_SECRET", "binance_api_secret"])
def test_a_credential_is_found_by_either_spelling(tmp_path: Path, name: str):
    (tmp_path / name).write_text("test-credential\n")
    found = credentials({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert found == {"BINANCE_API_SECRET": "test-credential"}


def test_credentials_reach_the_settings(env: Path, tmp_path: Path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "upbit_access_key").write_text("test-access-key")
    (folder / "UPBIT_SECRET_KEY").write_text("test-secret-key")
    (folder / "unrelated").write_text("left alone")
    env.write_text("UPBIT_MODE=live\n")
    settings = load({"ENV_FILE": str(env), "CREDENTIALS_DIRECTORY": str(folder)})
    assert {"test-access-key", "test-secret-key"} <= settings.secrets()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 5000])
def test_a_credential_that_cannot_be_one_is_a_problem(tmp_path: Path, content: bytes):
    (tmp_path / "kis_app_key").write_bytes(content)
    with pytest.raises(BadConfiguration) as raised:
        credentials({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert raised.value.problems[0].key == "KIS_APP_KEY"


def test_a_bad_credential_is_told_with_the_bad_lines(env: Path, tmp_path: Path):
    (tmp_path / "kis_app_key").write_bytes(b"\xff")
    env.write_text("MAX_LEVERAGE=99\n")
    found = problems_of({"ENV_FILE": str(env), "CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert [problem.key for problem in found] == ["KIS_APP_KEY", "MAX_LEVERAGE"]


def test_replay_data_that_is_not_there_is_a_problem(env: Path, tmp_path: Path):
    env.write_text(f"REPLAY_DATA={tmp_path / 'gone'}\n")
    (problem,) = problems_of({"ENV_FILE": str(env)})
    assert problem.key == "REPLAY_DATA"


def test_a_stamp_changes_with_the_file(env: Path):
    before = stamp(env)
    env.write_text("VOLUME_TOP_N=99\n")
    assert stamp(env) != before
    assert stamp(env.parent / "gone") is None
