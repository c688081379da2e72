"""Dust: balances too small to sell, turned into BNB for a charge.

Source: shapes from recorded payloads (asset/dust, asset/dust-btc). The codes -5003 to -5006 are
those that clients report; Binance's wallet documentation lists no errors for these paths.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from tests.exchanges.binance_spot.amounts import ASSET_QUANTUM, amount, ratio
from tests.exchanges.binance_spot.errors import ApiError, missing
from tests.exchanges.binance_spot.parameters import Parameters
from tests.exchanges.binance_spot.venue import BNB, Venue

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Speck:
    asset: str
    free: Decimal
    in_btc: Decimal
    in_bnb: Decimal


def get_dust(venue: Venue, _given: Parameters) -> Body:
    """Return the balances that may be converted, and what they would bring."""
    specks = [speck for one in venue.exchange.balances() if (speck := _small(venue, one.asset))]
    charge = venue.settings.dust_charge
    return {
        "details": [
            {
                "asset": one.asset,
                "assetFullName": one.asset,
                "amountFree": ratio(one.free),
                "toBTC": amount(one.in_btc),
                "toBNB": amount(one.in_bnb),
                "toBNBOffExchange": amount(one.in_bnb * (1 - charge)),
                "exchange": amount(one.in_bnb * charge),
            }
            for one in specks
        ],
        "totalTransferBtc": amount(sum((one.in_btc for one in specks), Decimal(0))),
        "totalTransferBNB": amount(sum((one.in_bnb for one in specks), Decimal(0))),
        "dribbletPercentage": ratio(charge),
    }


def convert_dust(venue: Venue, given: Parameters) -> Body:
    """Turn balances into BNB, all or none.

    Raises:
        ApiError: -1102 no asset, -5003 none of it, -5004 too much of it, -5005 worth nothing,
            -5006 too soon after the last time.
    """
    assets = [name for value in given.every("asset") for name in value.split(",") if name]
    if not assets:
        raise missing("asset")
    _check_pause(venue)
    specks = [_convertible(venue, asset) for asset in dict.fromkeys(assets)]
    results = [_convert(venue, speck) for speck in specks]
    venue.last_dust_s = venue.now_s()
    return {
        "totalServiceCharge": amount(sum((charge for _, charge in results), Decimal(0))),
        "totalTransfered": amount(sum((got for got, _ in results), Decimal(0))),
        "transferResult": [
            {
                "amount": amount(speck.free),
                "fromAsset": speck.asset,
                "operateTime": venue.now_ms(),
                "serviceChargeAmount": amount(charge),
                "tranId": venue.entropy.randrange(10**9, 10**10),
                "transferedAmount": amount(got),
            }
            for speck, (got, charge) in zip(specks, results, strict=True)
        ],
    }


def _check_pause(venue: Venue) -> None:
    pause, last = venue.settings.dust_pause_s, venue.last_dust_s
    if last is not None and venue.now_s() < last + pause:
        raise ApiError(-5006, f"Only transfer once in {pause // 3600} hours.")


def _valued(venue: Venue, asset: str) -> _Speck | None:
    free = venue.exchange.balance(asset).free
    in_btc, in_bnb = venue.value_in(asset, "BTC"), venue.value_in(asset, BNB)
    if not free or in_btc is None or in_bnb is None or asset == BNB:
        return None
    return _Speck(asset, free, free * in_btc, free * in_bnb)


def _small(venue: Venue, asset: str) -> _Speck | None:
    speck = _valued(venue, asset)
    is_small = speck is not None and ASSET_QUANTUM <= speck.in_btc < venue.settings.most_dust_btc
    return speck if is_small else None


def _convertible(venue: Venue, asset: str) -> _Speck:
    speck = _valued(venue, asset)
    if speck is None:
        raise ApiError(-5003, "You don't have this asset.")
    if speck.in_btc >= venue.settings.most_dust_btc:
        most = ratio(venue.settings.most_dust_btc)
        raise ApiError(
            -5004,
            f"The residual balances of the {asset} have exceeded {most}BTC, Please re-choose.",
        )
    if speck.in_bnb < ASSET_QUANTUM:
        raise ApiError(-5005, f"The residual balances of the {asset} is too low, Please re-choose.")
    return speck


def _convert(venue: Venue, speck: _Speck) -> tuple[Decimal, Decimal]:
    """Return the BNB credited and the charge."""
    gross = speck.in_bnb.quantize(ASSET_QUANTUM, ROUND_DOWN)
    charge = (gross * venue.settings.dust_charge).quantize(ASSET_QUANTUM, ROUND_DOWN)
    venue.exchange.withdraw(speck.asset, speck.free)
    venue.exchange.deposit(BNB, gross - charge)
    return gross - charge, charge
