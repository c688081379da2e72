"""Upbit's refusals: status, name and message, as the body of an answer.

Names and statuses: docs.upbit.com/kr/reference/rest-api-guide. The documents name no error for a
used identifier, a book too thin or a halted market; the words of those three are this server's.
"""

from collections.abc import Mapping

from aiohttp import web

from tests.exchanges.terms import Kind, Rejected, Side

SIDES: Mapping[Side, str] = {Side.BUY: "bid", Side.SELL: "ask"}


class Refused(Exception):
    """A request that Upbit answers with an error."""

    def __init__(self, status: int, name: str | int, message: str) -> None:
        super().__init__(f"{status} {name}: {message}")
        self.status = status
        self.name = name
        self.message = message

    def response(self) -> web.Response:
        """Return the answer."""
        body = {"error": {"name": self.name, "message": self.message}}
        return web.json_response(body, status=self.status)


def invalid(field: str) -> Refused:
    """Return the refusal of a parameter that is missing or makes no sense."""
    message = f"{field} is missing, {field} does not have a valid value"
    return Refused(400, "validation_error", message)


def not_found() -> Refused:
    """Return the refusal for an order that is not there, or no longer open."""
    return Refused(404, "order_not_found", "주문을 찾지 못했습니다.")


def unknown_code() -> Refused:
    """Return the refusal for a market code of a public path."""
    return Refused(404, 404, "Code not found")


def used_identifier() -> Refused:
    """Return the refusal for an identifier that was sent before, whatever came of it."""
    return Refused(400, "validation_error", "identifier has already been used")


def wrong_order(side: Side) -> Refused:
    """Return the refusal for parameters that do not go together."""
    message = "주문 요청 정보가 올바르지 않습니다."
    return Refused(400, f"create_{SIDES[side]}_error", message)


def of_kernel(rejected: Rejected, side: Side) -> Refused:
    """Return Upbit's words for a refusal of the kernel."""
    end = SIDES[side]
    if rejected.kind is Kind.INSUFFICIENT_FUNDS:
        message = f"주문가능한 금액({rejected.detail})이 부족합니다."
        return Refused(400, f"insufficient_funds_{end}", message)
    if rejected.kind is Kind.BAD_PRICE:
        message = "주문가격 단위를 잘못 입력하셨습니다. 확인 후 시도해주세요."
        return Refused(400, f"invalid_price_{end}", message)
    if rejected.kind is Kind.TOO_SMALL:
        message = f"최소주문금액 이상으로 주문해주세요. ({rejected.detail})"
        return Refused(400, f"under_min_total_{end}", message)
    if rejected.kind is Kind.UNKNOWN_MARKET:
        return invalid("market")
    if rejected.kind is Kind.DUPLICATE_CLIENT_ID:
        return used_identifier()
    if rejected.kind in {Kind.UNKNOWN_ORDER, Kind.ALREADY_DONE}:
        return not_found()
    if rejected.kind is Kind.BAD_QUANTITY:
        return invalid("volume")
    return wrong_order(side)
