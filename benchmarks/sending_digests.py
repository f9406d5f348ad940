"""The process that builds and sends digests, for `benchmarks/digests.py`."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from bot.core import Bot
from bot.deliveries import Ref
from bot.digest.model import Follow, Frequency, Subscription
from bot.events import AccountRef, AccountSeen, CommunityRef
from bot.text import words
from storage.store import Store, open_store

if TYPE_CHECKING:
    from bot.queues import Claimed
    from storage.store import Unit

LEASE = timedelta(minutes=5)
AT_ONCE = 20
TENTHS = 10
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Readers:
    """Who follows what and says they know what; all digests are due at `at`, of the last week."""

    community: CommunityRef
    at: datetime
    wanted: tuple[tuple[str, list[str]], ...]
    claims: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Sent:
    """What came of it: how many had something to tell, the seconds, and memory tenth by tenth.

    `cpu`: seconds of the processor, which a busy machine changes less; `built`: those spent on
    composing alone.
    """

    told: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    built: float = 0.0
    composing: list[float] = field(default_factory=list)
    memory: list[int | None] = field(default_factory=list)


def send(database: Path, readers: Readers) -> Sent:
    """Let everybody want a digest, then build and send them all."""
    with closing(open_store(f"sqlite:///{database}")) as store:
        bot = Bot(store, lambda: token_urlsafe(16))
        with store.write() as unit:
            _subscribe(unit, readers)
        sent, begun, worked = Sent(), time.perf_counter(), time.process_time()
        while bot.tick(readers.at):
            pass
        every = max(1, len(readers.wanted) // TENTHS)
        while claimed := _claim(store, readers):
            for one in claimed:
                _deliver(bot, one, readers.at, sent)
                if len(sent.composing) % every == 0:
                    sent.memory.append(_memory())
        sent.seconds = time.perf_counter() - begun
        sent.cpu = time.process_time() - worked
        sent.memory = sent.memory or [_memory()]
        return sent


def _subscribe(unit: Unit, readers: Readers) -> None:
    since = readers.at - timedelta(days=7)
    home = unit.directory.community(readers.community)
    assert home is not None, "the messages were taken in"
    claims = dict(readers.claims)
    for name, topics in readers.wanted:
        # Whoever a file of messages names is a member; the others only read.
        who = unit.directory.save_account(AccountSeen(AccountRef(readers.community, name), name))
        assert who is not None, "nobody is forgotten here"
        unit.manners.meet(who.person_id, readers.at)
        daily = Frequency.DAILY
        wanted = Subscription(who.person_id, who.id, daily, 0, 12 * 60, readers.at, since)
        unit.digests.save(wanted)
        for topic in topics:
            unit.digests.follow(who.person_id, Follow(words.key(topic), topic), readers.at)
        if name in claims:
            topic = claims[name]
            terms = words.terms(topic)
            unit.people.add_claim(who, home.id, topic, words.key(topic), terms, readers.at)


def _claim(store: Store, readers: Readers) -> list[Claimed]:
    with store.queue() as unit:
        return unit.outbox.claim(readers.community.platform, readers.at, LEASE, AT_ONCE)


def _deliver(bot: Bot, one: Claimed, at: datetime, sent: Sent) -> None:
    begun, worked = time.perf_counter(), time.process_time()
    parcel = bot.compose(one, at)
    sent.composing.append(time.perf_counter() - begun)
    sent.built += time.process_time() - worked
    if parcel is not None:
        sent.told += 1
        bot.arrived(one, Ref("dm", str(one.id)), at)


def _memory() -> int | None:
    """What this process holds now, in bytes; None where the system does not say."""
    if not _STATUS.exists():
        return None
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
