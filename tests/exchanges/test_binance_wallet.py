"""What lies beside trading at Binance: dust and the rights of a key."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.exchanges.binance_spot.rig import rig

DUST = "/sapi/v1/asset/dust"


async def test_dust_becomes_bnb_less_a_charge() -> None:
    async with rig() as it:
        it.server.exchange.deposit("ETH", Decimal("0.001"))
        it.server.exchange.deposit("XRP", Decimal("1.5"))
        small = (await it.ask("POST", f"{DUST}-btc")).body
        assert [one["asset"] for one in small["details"]] == ["ETH", "XRP"]
        assert small["totalTransferBNB"] == "0.01000000"
        text = it.signed({}).partition("&signature")[0] + "&asset=ETH&asset=XRP"
        reply = await it.send("POST", DUST, body=f"{text}&signature={it.sign(text)}")
        assert reply.body["totalTransfered"] == "0.00980000"
        assert reply.body["totalServiceCharge"] == "0.00020000"
        balances = {one.asset: one.free for one in it.server.exchange.balances()}
        assert balances["ETH"] + balances["XRP"] == 0
        assert balances["BNB"] == Decimal("0.0098")


@pytest.mark.parametrize(
    ("asset", "code"),
    [("", -1102), ("DOGE", -5003), ("XRP", -5003), ("BNB", -5003), ("BTC", -5004)],
)
async def test_what_is_no_dust_is_refused(asset: str, code: int) -> None:
    async with rig() as it:
        assert (await it.ask("POST", DUST, asset=asset)).code == code


async def test_one_asset_that_is_refused_keeps_all() -> None:
    async with rig() as it:
        it.server.exchange.deposit("ETH", Decimal("0.001"))
        assert (await it.ask("POST", DUST, asset="ETH,BTC")).code == -5004
        assert it.server.exchange.balance("ETH").free == Decimal("0.001")


async def test_dust_rests_between_two_conversions() -> None:
    async with rig(still=True) as it:
        it.server.venue.settings.dust_pause_s = 6 * 3600
        for code in (0, -5006):
            it.server.exchange.deposit("ETH", Decimal("0.001"))
            assert (await it.ask("POST", DUST, asset="ETH")).code == code
        it.server.clock.advance(timedelta(hours=6))
        assert (await it.ask("POST", DUST, asset="ETH")).code == 0


async def test_rights_of_the_key_are_told_and_can_change() -> None:
    async with rig() as it:
        path = "/sapi/v1/account/apiRestrictions"
        body = (await it.ask("GET", path)).body
        assert (body["enableSpotAndMarginTrading"], body["enableWithdrawals"]) == (True, False)
        it.server.venue.keyring.keys[it.key].can_withdraw = True
        assert (await it.ask("GET", path)).body["enableWithdrawals"] is True
        assert (await it.send("GET", path, "timestamp=1")).code == -1102
