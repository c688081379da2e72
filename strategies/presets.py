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


# Take profit 1-3 % on minutes, 5-10 % on hours; the trailing stop a third to a half of it.
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
        description_ko="15분봉 볼린저 상단 돌파: 거래량 확인, 하루 안팎 보유",
        description_en="15-minute close above the Bollinger band on volume: held for about a day",
        parameters=Parameters(
            strategy="bb_breakout",
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
        description_ko="4시간봉 눌림목: 오르는 추세의 조정이 끝날 때, 1~2주 보유, 넓은 ATR 손절",
        description_en="4-hour pullback inside a rise: held for a week or two, wide ATR stop",
        # EMA100 is its trend: a setback lies below the shorter averages and weakens the ADX.
        parameters=Parameters(
            strategy="pullback",
            timeframe=Timeframe.H4,
            take_profit_percent=10.0,
            trailing_stop_percent=4.0,
            atr_multiplier=3.0,
            use_trend=False,
            use_adx=False,
            use_mtf=False,
        ),
    ),
    Preset(
        name="reversal",
        description_ko="1시간봉 과매도 반등: RSI와 볼린저 하단, 며칠 보유, ATR 손절",
        description_en="1-hour rebound from oversold: RSI and lower band, held for days, ATR stop",
        # What is oversold lies below its 1h EMA50: the multi-timeframe filter would refuse it all.
        # A day of rest: without it every hour of a fall buys again what the stop has just sold.
        parameters=Parameters(
            strategy="rsi_bollinger",
            timeframe=Timeframe.H1,
            take_profit_percent=5.0,
            trailing_stop_percent=2.0,
            use_mtf=False,
            cooldown_candles=24,
        ),
    ),
    Preset(
        name="trend",
        description_ko="4시간봉 추세 돌파: EMA50과 볼린저 상단 위, 강한 ADX, 넓은 ATR 손절",
        description_en="4-hour breakout inside a strong trend: above EMA50 and band, wide ATR stop",
        parameters=Parameters(
            strategy="dynamic_breakout",
            timeframe=Timeframe.H4,
            take_profit_percent=10.0,
            trailing_stop_percent=5.0,
            atr_multiplier=3.0,
        ),
    ),
    Preset(
        name="consensus",
        description_ko="1시간봉 종합 투표: 다섯 지표의 과반이 반등을 가리킬 때, ATR 손절",
        description_en="1-hour vote of five indicators for a rebound: held for days, ATR stop",
        # No hourly average and a day of rest, for the reasons of `reversal`.
        parameters=Parameters(
            strategy="combined",
            timeframe=Timeframe.H1,
            take_profit_percent=5.0,
            trailing_stop_percent=2.0,
            use_mtf=False,
            cooldown_candles=24,
        ),
    ),
)
