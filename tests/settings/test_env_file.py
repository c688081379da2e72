"""A .env is read line by line and rewritten without touching what was not asked for."""

import io
import os
import stat
from pathlib import Path

import dotenv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.errors import BadConfiguration, DiskFailed
from engine.settings.env_file import assign, read, write

OWNERS = """\
# my settings

export UPBIT_MODE = replay   # not live yet
  CRYPTO_K_VALUE=0.5
TIMEZONE='Asia/Seoul' # quoted
#CRYPTO_K_VALUE=0.9
DATA_DIR="with \\"quotes\\" # and hash"
EMPTY=
SPACED=   # nothing here
LAST=1"""


def pairs(text: str) -> dict[str, str]:
    found = read(text)
    assert found.problems == ()
    return {line.key: line.value for line in found.lines}


def test_values_quotes_comments_and_export_are_read():
    assert pairs(OWNERS) == {
        "UPBIT_MODE": "replay",
        "CRYPTO_K_VALUE": "0.5",
        "TIMEZONE": "Asia/Seoul",
        "DATA_DIR": 'with "quotes" # and hash',
        "EMPTY": "",
        "SPACED": "",
        "LAST": "1",
    }
    assert [line.line for line in read(OWNERS).lines] == [3, 4, 5, 7, 8, 9, 10]


def test_the_bots_reader_reads_the_same():
    by_dotenv = dotenv.dotenv_values(stream=io.StringIO(OWNERS), interpolate=False)
    assert pairs(OWNERS) == by_dotenv


@pytest.mark.parametrize(
    "line",
    [
        "just words",
        "KEY",
        "=value",
        "KEY='open",
        'KEY="a" b',
        'KEY="a\\nb"',
        "KEY=${OTHER}",
        "KEY=a\x07b",
        "KEY=a\rb",
    ],
)
def test_a_line_that_cannot_be_read_is_a_problem_at_its_line(line: str):
    (problem,) = read(f"GOOD=1\n{line}\nALSO=2\n").problems
    assert problem.line == 2


def test_windows_line_ends_and_byte_order_mark_are_understood():
    assert pairs("\ufeffA=1\r\nB='2'\r\n") == {"A": "1", "B": "2"}


def test_a_changed_value_leaves_every_other_byte():
    changed = assign(OWNERS, {"UPBIT_MODE": "off", "TIMEZONE": "UTC", "SPACED": "x y"})
    expected = (
        OWNERS.replace("= replay ", "= off ")
        .replace("'Asia/Seoul' #", "UTC #")
        .replace("SPACED=   # nothing", "SPACED=x y   # nothing")
    )
    assert changed == expected


def test_a_value_taken_back_leaves_its_key_and_comment():
    assert assign("A=1 # one\nB=2\n", {"A": None, "C": None}) == "A= # one\nB=2\n"


def test_a_new_key_goes_to_the_end_on_a_line_of_its_own():
    assert assign("A=1", {"B": "2"}) == "A=1\nB=2\n"
    assert assign("", {"B": "2"}) == "B=2\n"


def test_a_commented_key_stays_a_comment():
    assert assign("#A=1\n", {"A": "2"}) == "#A=1\nA=2\n"


def test_windows_line_ends_stay():
    assert assign("A=1\r\nB=2\r\n", {"A": "3"}) == "A=3\r\nB=2\r\n"


@pytest.mark.parametrize("value", ["two\nlines", "a\x00b", "x\u2028y", "${HOME}"])
def test_a_value_no_line_can_hold_is_refused(value: str):
    with pytest.raises(BadConfiguration) as raised:
        assign("A=1\n", {"A": value})
    assert raised.value.problems[0].key == "A"


line_values = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30
).filter(lambda text: text == text.strip() and "${" not in text)


@settings(deadline=None, max_examples=60)
@given(line_values, line_values)
def test_any_printable_value_reads_back_here_and_in_the_bot(first: str, second: str):
    text = assign(OWNERS, {"LAST": first, "NEW": second})
    found = pairs(text)
    assert (found["LAST"], found["NEW"]) == (first, second)
    by_dotenv = dotenv.dotenv_values(stream=io.StringIO(text), interpolate=False)
    assert (by_dotenv["LAST"], by_dotenv["NEW"]) == (first, second)
    assert text.startswith(OWNERS.removesuffix("LAST=1"))


def test_a_written_file_is_private_and_leaves_nothing_beside_it(tmp_path: Path):
    path = tmp_path / ".env"
    path.write_text(OWNERS)
    path.chmod(0o644)
    write(path, {"LAST": "2"})
    assert path.read_text() == OWNERS.replace("LAST=1", "LAST=2")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [".env"]


def test_a_missing_file_is_made(tmp_path: Path):
    write(tmp_path / ".env", {"A": "1"})
    assert (tmp_path / ".env").read_text() == "A=1\n"


def test_a_link_goes_on_pointing_where_it_did(tmp_path: Path):
    real = tmp_path / "state.env"
    real.write_text("A=1\n")
    link = tmp_path / ".env"
    link.symlink_to(real)
    write(link, {"A": "2"})
    assert link.is_symlink()
    assert real.read_text() == "A=2\n"


def test_a_left_over_from_a_crash_is_written_over(tmp_path: Path):
    (tmp_path / ".env").write_text("A=1\n")
    (tmp_path / ".env.new").write_text("half a fi")
    write(tmp_path / ".env", {"A": "2"})
    assert [each.name for each in tmp_path.iterdir()] == [".env"]


def test_a_file_that_cannot_be_replaced_fails_and_stays(tmp_path: Path):
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    (tmp_path / ".env.new").mkdir()
    with pytest.raises(DiskFailed):
        write(path, {"A": "2"})
    assert path.read_text() == "A=1\n"


def test_a_file_that_is_no_text_fails_and_stays(tmp_path: Path):
    path = tmp_path / ".env"
    path.write_bytes(b"A=\xff\n")
    with pytest.raises(DiskFailed):
        write(path, {"A": "2"})
    assert path.read_bytes() == b"A=\xff\n"


def test_a_new_file_is_private_whatever_the_umask(tmp_path: Path):
    before = os.umask(0)
    try:
        write(tmp_path / ".env", {"A": "1"})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
