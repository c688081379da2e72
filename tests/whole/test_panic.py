"""The emergency sale from the chat, with positions on all four venues."""

from decimal import Decimal

from tests.whole.processes import House


def venues_held(house: House) -> set[str]:
    return {view["venue"] for view in house.get("positions")}


def test_a_panic_from_the_chat_sells_everything_and_keeps_it_sold(house: House):
    house.values["REPLAY_SPEED"] = "1500"
    house.start()
    house.until(lambda: len(house.get("positions")) >= 10 and len(venues_held(house)) == 4, 90)
    held = {(view["venue"], view["symbol"]) for view in house.get("positions")}
    said = house.chat("/panic", "!yes", "!sleep 3", "/status", "!yes")
    house.until(lambda: house.get("positions") == [], 15)
    receipts = house.events("PanicProgressed")
    sold = {(fact["venue"], fact["symbol"]) for fact in receipts if fact["outcome"] == "sold"}
    # What was sold by its own stop between the two looks needs no receipt.
    assert len(held - sold) <= 2
    assert [fact["outcome"] for fact in receipts][-1] == "flat"
    assert all(Decimal(fact["quantity"]) > 0 for fact in receipts if fact["symbol"])
    assert house.get("status")["state"] == "panic"
    assert "긴급" in said
    entries = len([e for e in house.events("OrderIntended") if e["intent"]["purpose"] == "entry"])
    house.until(lambda: house.get("status")["loops"] > 3, 20)
    later = [e for e in house.events("OrderIntended") if e["intent"]["purpose"] == "entry"]
    assert len(later) == entries
    assert house.stop() == 0
    house.start()
    assert house.get("status")["state"] == "panic"
    house.chat("/resume", "!yes")
    assert house.get("status")["state"] == "running"
