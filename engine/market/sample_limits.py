"""What the embedded sample cannot answer: whatever hangs on a day inside a month, which is simulated there."""

from __future__ import annotations

from collections.abc import Iterable

from engine.config import Config
from engine.messages import Message, message

BESIDE_MONTH_ENDS = (1, 29, 30, 31)  # the first session is one day after a month's end, the last one is it

SIGNAL = message(
    "The signal is read on simulated days: the sample cannot say what this rule would have done."
)
BAND = message("The band is checked on simulated days: the sample cannot say when it would have been left.")
DAY = message(
    "Days inside a month are simulated: the sample cannot say which of them is a good one to invest on."
)

PEAK = message(
    "The days inside a month are simulated: the sample cannot say how high a price stood at one point."
)


def beyond_the_sample(configs: Iterable[Config]) -> tuple[Message, ...]:
    """Sentences, each once, on what plans ask that the sample's month ends do not tell."""
    return tuple(dict.fromkeys(sentence for config in configs for sentence in _beyond(config)))


def _beyond(config: Config) -> list[Message]:
    """Of one plan.

    Momentum with a lag of one session compares month ends, or days beside them; a flow is as real as its
    file; a monthly or quarterly band is looked at on a month's first session.
    """
    strategy = config.strategy
    found = []
    signal = getattr(strategy.allocation, "signal", None)
    if signal is not None and (
        signal.type == "moving_average" or (signal.type == "momentum" and signal.lag_sessions > 1)
    ):
        found.append(SIGNAL)
    if strategy.rebalancing.type == "band" and strategy.rebalancing.check == "daily":
        found.append(BAND)
    money = (*strategy.arriving, *strategy.incomes)
    if any(getattr(item, "day", 1) not in BESIDE_MONTH_ENDS for item in money):
        found.append(DAY)
    return found
