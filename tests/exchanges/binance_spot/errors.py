"""What Binance answers when it says no: code, message and HTTP status.

Source: binance-spot-api-docs, errors.md.
"""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """One refusal as it goes over the wire."""

    def __init__(
        self,
        code: int,
        message: str,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status
        self.headers = dict(headers or {})
        self.data = data

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the refusal."""
        more = {} if self.data is None else {"data": dict(self.data)}
        return {"code": self.code, "msg": self.message} | more


def missing(name: str) -> ApiError:
    """Say that a mandatory parameter was not sent, is empty or cannot be read."""
    return ApiError(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def missing_both(first: str, second: str) -> ApiError:
    """Say that neither of two parameters was sent."""
    return ApiError(-1102, f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def not_required(name: str) -> ApiError:
    """Say that this kind of order takes no such parameter."""
    return ApiError(-1106, f"Parameter '{name}' sent when not required.")


def illegal(name: str, legal: str) -> ApiError:
    """Say which parameter holds characters that it may not hold."""
    return ApiError(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    )


def invalid_data(name: str) -> ApiError:
    """Say that the value of a parameter is none that is known."""
    return ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


def bad_symbol() -> ApiError:
    """Say that the symbol is not listed."""
    return ApiError(-1121, "Invalid symbol.")


def filter_failure(name: str) -> ApiError:
    """Say which filter of the symbol the order broke."""
    return ApiError(-1013, f"Filter failure: {name}")


def rejected(message: str) -> ApiError:
    """Say why the matching engine did not take a new order."""
    return ApiError(-2010, message)


def not_canceled(message: str = "Unknown order sent.") -> ApiError:
    """Say why nothing was cancelled."""
    return ApiError(-2011, message)


def no_such_order() -> ApiError:
    """Say that a query found no order."""
    return ApiError(-2013, "Order does not exist.")


def bad_key() -> ApiError:
    """Say that the key is unknown, comes from the wrong address or may not do this."""
    return ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def duplicate_order() -> ApiError:
    """Say that the client's id belongs to an order that is still open."""
    return rejected("Duplicate order sent.")


def insufficient_balance() -> ApiError:
    """Say that the account cannot pay for the order."""
    return rejected("Account has insufficient balance for requested action.")


def internal_error(code: int) -> ApiError:
    """Return a 5xx answer after which nobody knows what became of the request.

    Codes: -1000, -1001, -1006, -1007, -1008, -1016.
    """
    messages = {
        -1000: "An unknown error occurred while processing the request.",
        -1001: "Internal error; unable to process your request. Please try again.",
        -1006: "An unexpected response was received from the message bus. "
        "Execution status unknown.",
        -1007: "Timeout waiting for response from backend server. "
        "Send status unknown; execution status unknown.",
        -1008: "Server is currently overloaded with other requests. "
        "Please try again in a few minutes.",
        -1016: "This service is no longer available.",
    }
    gateway_timeout = -1007
    statuses = {gateway_timeout: 504, -1008: 503, -1016: 503}
    return ApiError(code, messages[code], statuses.get(code, 500))
