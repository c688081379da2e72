"""What is seen at the wire while it happens: the end of a history no longer shows it."""

from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.domain.events import (
    Fact,
    OperatorState,
    OperatorStateChanged,
    OrderAccepted,
    OrderClosed,
    OrderFilled,
    OrderIntended,
    OrderNeverArrived,
    OrderRefused,
)
from engine.domain.ids import ClientOrderId, is_ours
from engine.domain.intent import OrderIntent, Purpose, Side
from engine.domain.venue import VenueName
from tests.exchanges.terms import Kind
from tests.world.disk import Disk
from tests.world.virtual_time import START

MOST_PER_MINUTE = 4
SETTLED = OrderAccepted | OrderRefused | OrderNeverArrived | OrderFilled | OrderClosed
MINUTE = timedelta(minutes=1)
AT_ONCE = timedelta(seconds=1)

Market = tuple[VenueName, str]


class Witness:
    """Reads the journal as it grows and holds every order that leaves against it."""

    def __init__(self, disk: Disk) -> None:
        self.wrong: list[str] = []
        self.oversold: list[tuple[VenueName, str, str]] = []
        self._disk = disk
        self._read = 0
        self._unsure: defaultdict[Market, set[ClientOrderId]] = defaultdict(set)
        self._intended: set[ClientOrderId] = set()
        self._sent: set[ClientOrderId] = set()
        self._state = (OperatorState.RUNNING, START)
        self._entries: deque[datetime] = deque()

    def sees_sent(self, name: VenueName, intents: Sequence[OrderIntent], at: datetime) -> None:
        """Look at an order that leaves the engine."""
        self._catch_up()
        ids = {intent.client_id for intent in intents}
        symbol = intents[0].symbol
        for key in sorted(ids - self._intended):
            self.wrong.append(f"{key} was sent before its intent was on disk")
        for key in sorted(ids & self._sent):
            self.wrong.append(f"{key} was sent a second time")
        for key in sorted(self._unsure[name, symbol] - ids):
            self.wrong.append(f"{min(ids)} was sent for {symbol} while {key} was of unknown fate")
        self._sent |= ids
        if intents[0].purpose is Purpose.ENTRY:
            self._sees_entry(intents[0], at)

    def sees_cancelled(self, client_id: ClientOrderId) -> None:
        """Look at an order that the engine wants cancelled."""
        if not is_ours(client_id):
            self.wrong.append(f"a cancel for {client_id!r}, which is not ours")

    def sees_refused(self, name: VenueName, intent: OrderIntent, kind: Kind) -> None:
        """Look at an order that the venue refused."""
        if kind is Kind.INSUFFICIENT_FUNDS and intent.side is Side.SELL:
            what = f"{intent.client_id} would have sold {intent.quantity} that was not there"
            self.oversold.append((name, intent.symbol, what))

    def _sees_entry(self, intent: OrderIntent, at: datetime) -> None:
        state, since = self._state
        if state is not OperatorState.RUNNING and at - since > AT_ONCE:
            self.wrong.append(f"{intent.client_id} enters while {state.value}")
        self._entries.append(at)
        while at - self._entries[0] >= MINUTE:
            self._entries.popleft()
        if len(self._entries) > MOST_PER_MINUTE:
            self.wrong.append(f"{len(self._entries)} entries within a minute at {at:%H:%M:%S}")

    def _catch_up(self) -> None:
        for recorded in self._disk.facts[self._read :]:
            self._take(recorded.fact)
        self._read = len(self._disk.facts)

    def _take(self, fact: Fact) -> None:
        match fact:
            case OrderIntended():
                intent = fact.intent
                self._intended.add(intent.client_id)
                self._unsure[intent.venue, intent.symbol].add(intent.client_id)
            case OperatorStateChanged():
                self._state = (fact.state, fact.at)
            case _ if isinstance(fact, SETTLED):
                self._unsure[fact.venue, fact.symbol].discard(fact.client_id)
            case _:
                return
