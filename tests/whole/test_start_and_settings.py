"""Starting, refusing to start, and settings that change while the engine runs."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from tests.whole.processes import House

BAD = "CRYPTO_K_VALUE=much\nMAX_LEVERAGE=50\nCRYPTO_STRATEGY_PRESET=scalpin\n"


def test_f31_a_second_engine_exits_75_within_a_second_and_harms_nothing(house: House):
    house.start()
    began = time.monotonic()
    second = house.run_engine()
    _, said = second.communicate(timeout=20)
    assert second.returncode == 75
    assert "another engine" in said
    assert time.monotonic() - began < 3  # interpreter and imports included
    assert house.get("status")["phase"] in ("running", "warming_up")
    assert house.stop() == 0


def test_three_bad_lines_are_named_at_start_and_the_exit_code_is_78(house: House):
    house.env_file.write_text(BAD)
    engine = house.run_engine()
    _, said = engine.communicate(timeout=20)
    assert engine.returncode == 78
    assert [f"line {number}" in said for number in (1, 2, 3)] == [True] * 3
    assert not (house.folder / "data" / "journal").exists()


def test_f36_three_bad_lines_while_running_change_nothing_and_are_told(house: House):
    house.env_file.write_text("CRYPTO_K_VALUE=0.6\nLOOP_SECONDS=0.5\n")
    house.start()
    with ThreadPoolExecutor(1) as pool:
        talk = pool.submit(house.chat, "/status", "!sleep 12", "/status")
        time.sleep(4)
        house.env_file.write_text(BAD)
        said = talk.result()
    assert all(f"{number}번째 줄" in said for number in (1, 2, 3))
    (rejected,) = house.events("SettingsRejected")
    assert len(rejected["problems"]) == 3
    assert all(f"line={n} " in told for n, told in enumerate(rejected["problems"], start=1))
    values = {view["key"]: view["value"] for view in house.get("settings")}
    assert values["CRYPTO_K_VALUE"] == "0.6"
    assert house.get("status")["preset_crypto"] == "mid_term"
    house.env_file.write_text("CRYPTO_K_VALUE=0.7\nLOOP_SECONDS=0.5\n")
    house.until(lambda: bool(house.events("SettingsChanged")), 10)
    (changed,) = house.events("SettingsChanged")
    assert changed["changes"] == ["CRYPTO_K_VALUE: 0.6 → 0.7"]


def test_a_preset_from_the_chat_survives_a_restart(house: House):
    house.start()
    said = house.chat("/preset swing", "!yes", "/status")
    assert "swing" in said
    assert house.get("status")["preset_crypto"] == "swing"
    assert "CRYPTO_STRATEGY_PRESET=swing" in house.env_file.read_text()
    assert house.stop() == 0
    house.start()
    assert house.get("status")["preset_crypto"] == "swing"


def test_a_flipped_bit_in_a_book_is_kept_aside_and_the_book_is_whole(house: House):
    house.values["REPLAY_SPEED"] = "3600"
    house.start()
    house.until(lambda: len(house.get("positions")) > 2, 60)
    assert house.stop() == 0
    book = house.folder / "data" / "upbit_portfolio.json"
    before = json.loads(book.read_text())
    raw = bytearray(book.read_bytes())
    raw[len(raw) // 2] ^= 4
    book.write_bytes(raw)
    house.values["REPLAY_SPEED"] = "0.001"
    house.start()
    assert list(book.parent.glob("upbit_portfolio.json.corrupt.*"))
    (started,) = house.events("EngineStarted")[-1:]
    assert "damaged" in started["recovered"]
    assert house.stop() == 0
    after = json.loads(book.read_text())
    assert after["ledger"] == before["ledger"]
    assert after["positions"] == before["positions"]


def test_a_truncated_book_and_journal_stop_the_engine_instead_of_emptying_it(house: House):
    house.values["REPLAY_SPEED"] = "3600"
    house.start()
    house.until(lambda: len(house.get("positions")) > 0, 60)
    assert house.stop() == 0
    data = house.folder / "data"
    for path in (*data.glob("upbit_portfolio.json*"), *(data / "journal").iterdir()):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (first,) = sorted((data / "journal").iterdir())[:1]
    first.write_bytes(b"x" + first.read_bytes())
    engine = house.run_engine()
    _, said = engine.communicate(timeout=20)
    assert engine.returncode == 70
    assert "cannot be trusted" in said


def test_f28_a_full_disk_stops_trading_with_74_and_loses_nothing(house: House):
    house.values["REPLAY_SPEED"] = "3600"
    engine = house.run_engine(most_bytes=120_000)
    _, said = engine.communicate(timeout=90)
    assert engine.returncode == 74
    assert "durable write failed" in said
    journal = b"".join(p.read_bytes() for p in (house.folder / "data" / "journal").iterdir())
    whole = journal.count(b"\n")
    assert whole > 50
    house.start()
    assert house.get("status")["last_seq"] >= whole
