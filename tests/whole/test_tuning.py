"""Tuning as the owner meets it: asked for in the chat, pushed, kept in the file, taken back."""

from tests.whole.processes import House

FILE = "# mine\nLOOP_SECONDS=0.5 # quick\n"
TUNED = ("CRYPTO_K_VALUE", "CRYPTO_STOP_LOSS_PERCENT", "CRYPTO_TAKE_PROFIT_PERCENT")


def values(house: House) -> dict[str, tuple[str, str]]:
    return {view["key"]: (view["value"], view["source"]) for view in house.get("settings")}


def written(house: House) -> dict[str, str]:
    lines = house.env_file.read_text().removeprefix(FILE).splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_optimize_is_pushed_with_its_evidence_and_undo_takes_it_back(house: House):
    house.env_file.write_text(FILE)
    # Time all but stands still: what is found hangs on the built-in market alone.
    house.values |= {"REPLAY_SPEED": "0.001", "LANGUAGE": "en"}
    house.start()
    before = values(house)
    said = house.chat("/optimize", "!yes", "!sleep 15", "/status")
    assert "200 combinations over 7 days" in said
    assert "Tuned · crypto mid_term" in said
    assert "200 combinations · 60 markets · by win rate" in said
    assert "Undo" in said
    (tuned,) = house.events("ParametersTuned")
    unseen = tuned["evidence"]["held_out_before"], tuned["evidence"]["held_out_after"]
    rates = [figures["wins"] / figures["trades"] for figures in unseen]
    assert rates[1] > rates[0]
    after = {change["key"]: f"{change['after']:g}" for change in tuned["changes"]}
    assert set(after) == set(TUNED)
    assert house.env_file.read_text().startswith(FILE)
    assert written(house) == after
    assert {key: values(house)[key] for key in TUNED} == {
        key: (value, "tuned") for key, value in after.items()
    }
    house.chat("/undo", "!yes")
    assert values(house) == before
    assert written(house) == dict.fromkeys(TUNED, "")
    assert house.env_file.read_text().startswith(FILE)
    assert [fact["cause"] for fact in house.events("TuningTakenBack")] == ["undo"]


def test_the_grid_at_the_start_survives_kill_9_and_a_switch_takes_it_back(house: House):
    house.env_file.write_text(FILE)
    house.values |= {"REPLAY_SPEED": "1", "TUNING_ENABLED": "true"}
    house.start()
    house.until(lambda: bool(house.events("TuningStored")), 60)
    (tuned,) = house.events("ParametersTuned")
    after = {change["key"]: f"{change['after']:g}" for change in tuned["changes"]}
    assert house.engine is not None
    house.engine.kill()
    house.engine.communicate()
    house.start()
    assert {key: values(house)[key] for key in after} == {
        key: (value, "tuned") for key, value in after.items()
    }
    assert len(house.events("ParametersTuned")) == 1
    said = house.chat("/preset scalping", "!yes")
    assert all(key in said for key in TUNED)
    (switched,) = house.events("PresetChanged")
    assert set(switched["taken_back"]) == set(TUNED)
    assert written(house) == {**dict.fromkeys(TUNED, ""), "CRYPTO_STRATEGY_PRESET": "scalping"}
    assert values(house)["CRYPTO_TAKE_PROFIT_PERCENT"] == ("1.5", "preset")
