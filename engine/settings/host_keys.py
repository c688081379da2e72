"""The settings of the host: chat, venues, keys, replay, paths. A change needs a restart."""

from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from engine.domain.venue import VenueMode
from engine.settings.section import Section
from engine.settings.types import (
    Account,
    Dsn,
    Language,
    Level,
    LogLevel,
    Moment,
    Number,
    Place,
    Secret,
    StreamAddress,
    TimeZone,
    Tongue,
    UserIds,
    WebAddress,
)

_MODE = "{}: off, replay, paper (live prices, simulated fills) or live."
_REST = "Another address for its REST calls; empty means the venue's own."
_STREAM = "Another address for its streams; empty means the venue's own."


class ChatKeys(Section):
    """Who is served, and how. The engine checks these for the bot, which alone uses them."""

    title: ClassVar[str] = "Telegram and language"

    telegram_bot_token: Secret | None = Field(
        None, description="Token of your bot, from @BotFather."
    )
    telegram_user_ids: UserIds = Field(
        (), description="Telegram user ids that are served, with commas; empty serves nobody."
    )
    telegram_base_url: WebAddress | None = Field(
        None, description="Another address for the Bot API; empty means Telegram's own."
    )
    language: Tongue = Field(Language.KOREAN, description="Language of the chat: ko or en.")
    timezone: TimeZone = Field("Asia/Seoul", description="Time zone of the times that are shown.")


class VenueKeys(Section):
    """Where each venue's prices and fills come from, and the keys to it."""

    title: ClassVar[str] = "Venues"

    upbit_mode: VenueMode = Field(VenueMode.REPLAY, description=_MODE.format("Upbit"))
    upbit_rest_url: WebAddress | None = Field(None, description=_REST)
    upbit_ws_url: StreamAddress | None = Field(None, description=_STREAM)
    upbit_access_key: Secret | None = Field(
        None, description="Upbit key with the right to trade and none to withdraw."
    )
    upbit_secret_key: Secret | None = Field(None, description="The secret that belongs to it.")
    binance_spot_mode: VenueMode = Field(VenueMode.REPLAY, description=_MODE.format("Binance spot"))
    binance_spot_rest_url: WebAddress | None = Field(None, description=_REST)
    binance_spot_ws_url: StreamAddress | None = Field(None, description=_STREAM)
    binance_spot_ws_api_url: StreamAddress | None = Field(
        None, description="Another address for its WebSocket API; empty means the venue's own."
    )
    binance_futures_mode: VenueMode = Field(
        VenueMode.REPLAY, description=_MODE.format("Binance USDT-M futures")
    )
    binance_futures_rest_url: WebAddress | None = Field(None, description=_REST)
    binance_futures_ws_url: StreamAddress | None = Field(None, description=_STREAM)
    binance_api_key: Secret | None = Field(
        None, description="Binance key for spot and futures, with the right to trade only."
    )
    binance_api_secret: Secret | None = Field(None, description="The secret that belongs to it.")
    stock_mode: VenueMode = Field(
        VenueMode.REPLAY, description=_MODE.format("Korean stocks by KIS")
    )
    stock_rest_url: WebAddress | None = Field(None, description=_REST)
    stock_ws_url: StreamAddress | None = Field(None, description=_STREAM)
    kis_app_key: Secret | None = Field(None, description="KIS app key.")
    kis_app_secret: Secret | None = Field(None, description="The secret that belongs to it.")
    kis_account_no: Account | None = Field(
        None, description="KIS account, 8 digits and 2, such as 12345678-01."
    )
    kis_paper: bool = Field(False, description="true for an account of KIS's own paper trading.")


class ReplayKeys(Section):
    """What a replay plays."""

    title: ClassVar[str] = "Replay"

    replay_data: Place | None = Field(
        None, description="Folder of candles to play; empty plays the built-in seeded market."
    )
    replay_start: Moment | None = Field(
        None,
        description="Day to start at, such as 2025-01-31 (UTC); empty starts at the first candle.",
    )
    replay_speed: Number = Field(
        60.0,
        ge=0,
        le=1_000_000,
        description="How many times faster than the clock; 0 is as fast as it goes.",
    )
    replay_seed: int = Field(
        7, ge=0, le=2**63 - 1, description="Seed of the built-in market and of simulated fills."
    )


def _socket_path(given: dict[str, Any]) -> Path:
    folder: Path = given["data_dir"]
    return folder / "engine.sock"


class EngineKeys(Section):
    """How the engine runs on its host."""

    title: ClassVar[str] = "Engine"

    loop_seconds: Number = Field(
        3.0, ge=0.1, le=3600, description="Seconds from one loop to the next."
    )
    warmup_loops: int = Field(3, ge=0, le=1000, description="First loops that only watch.")
    data_dir: Place = Field(Path("./data"), description="Folder of state, journal and logs.")
    socket_path: Place = Field(
        default_factory=_socket_path,
        description="Unix socket of the API; empty means engine.sock in DATA_DIR.",
    )
    log_level: Level = Field(
        LogLevel.INFO, description="How much is logged: DEBUG, INFO, WARNING or ERROR."
    )
    sentry_dsn: Dsn | None = Field(None, description="Where errors are sent; empty sends nothing.")
