"""Report errors to Sentry when the owner asked for it, with every secret taken out."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.modules import ModulesIntegration
from sentry_sdk.transport import Transport
from sentry_sdk.types import Event, Hint

_MAX_DEPTH = 20


def start_sentry(
    dsn: str | None,
    redact: Callable[[str], str],
    release: str,
    transport: type[Transport] | None = None,
) -> bool:
    """Begin to report; return whether there is somewhere to report to.

    Args:
        dsn: address of the project; None or empty reports nothing and loads no hook.
        redact: takes secrets out of a text.
        release: version of Pasu the reports carry.
        transport: how reports leave; the SDK's own by default.
    """
    if not dsn:
        return False

    def scrub_event(event: Event, hint: Hint) -> Event | None:
        del hint
        return cast("Event", scrub(event, redact))

    def scrub_crumb(crumb: dict[str, Any], hint: Hint) -> dict[str, Any] | None:
        del hint
        return cast("dict[str, Any]", scrub(crumb, redact))

    sentry_sdk.init(
        dsn=dsn,
        release=release,
        transport=transport,
        server_name="pasu",
        include_local_variables=False,
        include_source_context=False,
        send_default_pii=False,
        max_request_body_size="never",
        max_breadcrumbs=20,
        # Hooks into HTTP clients would record addresses with tokens in them.
        auto_enabling_integrations=False,
        disabled_integrations=[ArgvIntegration(), ModulesIntegration()],
        traces_sample_rate=None,
        before_send=scrub_event,
        before_breadcrumb=scrub_crumb,
        shutdown_timeout=2,
    )
    return True


def scrub(value: object, redact: Callable[[str], str], depth: int = 0) -> object:
    """Return a copy of the value with every text in it redacted, keys of mappings included."""
    if depth > _MAX_DEPTH:
        return "…"
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, bytes):
        return redact(value.decode("utf-8", "replace"))
    if isinstance(value, Mapping):
        return {scrub(key, redact): scrub(item, redact, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(item, redact, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)  # a date, an annotated value of the SDK
    redacted = redact(text)
    return value if redacted == text else redacted
