"""The presets that ship with Pasu: a strategy, its timeframe and every parameter."""

from dataclasses import dataclass

from engine.domain.candle import Timeframe
from strategies.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of parameters with a line about it in both languages."""

    name: str
    description_ko: str
    description_en: str
    parameters: Parameters


# Take profit 1-3 % on minutes, 5-10 % on hours; the trailing stop a third to two fifths of it.
PRESETS = (
    Preset(
        name="scalping",
        description_ko="1분봉 변동성 돌파: 작은 이익을 빠르게, 코인용",
        description_en="1-minute breakout: small profits, quickly; for crypto",
        parameters=Parameters(
            strategy="breakout",
            timeframe=Timeframe.M1,
            take_profit_percent=1.5,
            stop_loss_percent=1.0,
            trailing_stop_percent=0.5,
        ),
    ),
    Preset(
        name="day",
        description_ko="15분봉 변동성 돌파: 하루 안팎 보유",
        description_en="15-minute breakout: held for about a day",
        parameters=Parameters(
            strategy="breakout",
            timeframe=Timeframe.M15,
            take_profit_percent=3.0,
            stop_loss_percent=1.5,
            trailing_stop_percent=1.0,
        ),
    ),
    Preset(
        name="mid_term",
        description_ko="1시간봉 변동성 돌파: 며칠 보유, ATR 손절",
        description_en="1-hour breakout: held for days, ATR stop",
        parameters=Parameters(
            strategy="breakout",
            timeframe=Timeframe.H1,
            take_profit_percent=6.0,
            trailing_stop_percent=2.0,
        ),
    ),
    Preset(
        name="swing",
        description_ko="4시간봉 변동성 돌파: 1~2주 보유, 넓은 ATR 손절",
        description_en="4-hour breakout: held for a week or two, wide ATR stop",
        parameters=Parameters(
            strategy="breakout",
            timeframe=Timeframe.H4,
            take_profit_percent=10.0,
            trailing_stop_percent=4.0,
            atr_multiplier=3.0,
        ),
    ),
)
