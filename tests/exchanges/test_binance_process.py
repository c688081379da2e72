"""The fake Binance in a process of its own."""

import json
from urllib.request import ProxyHandler, build_opener

from tests.exchanges.remote import own_process


def test_venue_of_another_process_serves_and_obeys() -> None:
    opener = build_opener(ProxyHandler({}))
    with own_process("binance_spot", ["BTC:60000:30", "BNB:600"], ["USDT:1000"]) as venue:

        def get(path: str) -> object:
            with opener.open(f"{venue.url}/api/v3/{path}", timeout=10) as answer:
                return json.load(answer)

        price = {"symbol": "BTCUSDT", "price": "60000.00000000"}
        assert get("ticker/price?symbol=BTCUSDT") == price
        venue.tell("price", symbol="BTC/USDT", price="61000")
        assert get("ticker/price?symbol=BTCUSDT") == price | {"price": "61000.00000000"}
        assert [one["asset"] for one in venue.ask("balances")] == ["USDT"]
