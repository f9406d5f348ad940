"""What is measured: the product, and three simple rankings that it has to beat.

All hear the same events in the same batches and rank at the same moments.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import Stemmer

from benchmarks.community import messages_of
from benchmarks.listening import Listener
from bot.conversations import Limits
from bot.model import Audience
from bot.ranking.people import ASK, KNOWS, rank
from bot.ranking.views import Asking

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from benchmarks.community import Question
    from bot.events import AccountRef, CommunityRef, Event, MessagePosted
    from bot.ports import Store, Unit

MICROS = 1_000_000
HALF_LIFE = 30 * 86_400  # seconds
BEST_MESSAGES = 300
RAREST = 16  # words of a long question
_WORD = re.compile(r"[^\W_]+")


class Ranker(Protocol):
    """Something that listens and can be asked."""

    def hear(self, events: Sequence[Event]) -> None:
        """Take in what happened."""

    def rank(self, question: Question) -> list[str]:
        """The people, best first, without the asker."""


class Product:
    """Grapevine itself: its capture into a store, and its ranking as the asker.

    With `topics` the question is its topic, asked in no place.
    """

    def __init__(self, store: Store, community: CommunityRef, *, topics: bool) -> None:
        self._store = store
        self._listener = Listener(store)
        self._community = community
        self._topics = topics
        self.aim = KNOWS if topics else ASK
        self._names: dict[int, str] = {}
        self._unnamed: set[AccountRef] = set()

    def hear(self, events: Sequence[Event]) -> None:
        """Capture."""
        self._unnamed |= self._listener.hear(events)

    def rank(self, question: Question) -> list[str]:
        """The people of the real ranking, seen as the asker sees them."""
        self.meet(question)
        with self._store.read() as unit:
            asking = self.asking(unit, question)
            ranking = rank(
                self.text(question),
                asking.audience,
                unit.evidence,
                asking.now,
                place_id=asking.place_id,
                without=asking.own,
                aim=self.aim,
            )
            self.learn_names(unit)
        return self.named(ranking.order)

    def meet(self, question: Question) -> None:
        """See who asks and where, maybe for the first time."""
        self._unnamed |= self._listener.meet(question)

    def text(self, question: Question) -> str:
        """What is asked."""
        return (question.topic or "") if self._topics else question.text

    def asking(self, unit: Unit, question: Question) -> Asking:
        """Who asks, where and when."""
        asker = unit.directory.account(question.asker)
        home = unit.directory.community(self._community)
        place = None if self._topics else unit.directory.place(question.place)
        assert asker is not None
        assert home is not None
        own = unit.directory.accounts_of(asker.person_id)
        return Asking(
            Audience(question.at, home.id, own),
            int(question.at.timestamp() * MICROS),
            None if place is None else place.id,
            frozenset(own),
        )

    def named(self, accounts: Iterable[int]) -> list[str]:
        """What the community calls some accounts."""
        return [self._names[number] for number in accounts]

    def learn_names(self, unit: Unit) -> None:
        """Note the accounts of those who are new."""
        for ref in self._unnamed:
            account = unit.directory.account(ref)
            assert account is not None
            self._names[account.id] = ref.id
        self._unnamed.clear()


@dataclass(slots=True)
class MostMessages:
    """Who wrote most, ever."""

    _count: Counter[str] = field(default_factory=Counter)

    def hear(self, events: Sequence[Event]) -> None:
        """Count."""
        self._count.update(message.author.id for message in messages_of(events))

    def rank(self, question: Question) -> list[str]:
        """The people by how much they wrote."""
        return order(self._count, question.asker.id)


@dataclass(slots=True)
class _Talk:
    """A conversation: who began it, who has answered in it, and its length and end."""

    opener: str
    at: datetime
    messages: int = 0
    answered: set[str] = field(default_factory=set)


@dataclass(slots=True)
class LatelyInChannel:
    """Who answered in this channel lately: conversations with a half-life of 30 days.

    Blind to the text. A conversation is a thread; else what a message replies to; else a run of
    messages in a channel that a silence ends. With `topics` there is no channel, so all count.
    """

    topics: bool
    _limits: Limits = field(default_factory=Limits)
    _threads: dict[tuple[str, str], _Talk] = field(default_factory=dict)
    _replies: dict[tuple[str, str], _Talk] = field(default_factory=dict)
    _runs: dict[str, _Talk] = field(default_factory=dict)
    _count: defaultdict[str, dict[str, tuple[float, float]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def hear(self, events: Sequence[Event]) -> None:
        """Note who answered."""
        for message in messages_of(events):
            talk = self._talk(message)
            talk.messages += 1
            talk.at = message.at
            self._replies[message.place.id, message.id] = talk
            who = message.author.id
            if who != talk.opener and who not in talk.answered:
                talk.answered.add(who)
                self._add(message.place.id, who, message.at.timestamp())

    def _talk(self, message: MessagePosted) -> _Talk:
        channel, new = message.place.id, _Talk(message.author.id, message.at)
        if message.thread is not None:
            return self._threads.setdefault((channel, message.thread), new)
        if message.reply_to is not None:
            return self._replies.setdefault((channel, message.reply_to), new)
        run = self._runs.get(channel)
        if (
            run is None
            or run.messages >= self._limits.cap
            or message.at - run.at > self._limits.gap
        ):
            run = self._runs[channel] = new
        return run

    def _add(self, channel: str, who: str, at: float) -> None:
        counts = self._count["" if self.topics else channel]
        counts[who] = (_faded(counts.get(who, (0.0, at)), at) + 1, at)

    def rank(self, question: Question) -> list[str]:
        """The people by how much they answered lately."""
        counts = self._count["" if self.topics else question.place.id]
        now = question.at.timestamp()
        faded = {who: _faded(count, now) for who, count in counts.items()}
        return order(faded, question.asker.id)


class MessageFts:
    """The obvious alternative: full-text search over single messages, summed by author.

    SQLite's FTS5 with its Porter stemmer; of each question the 16 rarest of the stems that were
    ever used, joined by OR, each quoted; its bm25 of the best 300 messages is added up.
    """

    def __init__(self, path: str, *, topics: bool) -> None:
        self._topics = topics
        # One thread at a time uses it, but not the one that made it.
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA cache_size=-65536")
        self._database.execute(
            "CREATE VIRTUAL TABLE said USING fts5(text, content='', tokenize='porter unicode61')"
        )
        self._authors: list[str] = []
        self._used: Counter[str] = Counter()
        self._stem = _Stems()

    def hear(self, events: Sequence[Event]) -> None:
        """Index each message by itself."""
        rows: list[tuple[int, str]] = []
        for message in messages_of(events):
            rows.append((len(self._authors), message.text))
            self._authors.append(message.author.id)
            self._used.update(set(self._stems(message.text).values()))
        self._database.executemany("INSERT INTO said (rowid, text) VALUES (?, ?)", rows)
        self._database.commit()

    def rank(self, question: Question) -> list[str]:
        """The people by how well their messages match."""
        asked = (question.topic or "") if self._topics else question.text
        return order(self.search(asked), question.asker.id)

    def search(self, text: str) -> dict[str, float]:
        """How well each author's messages match."""
        known = {word: self._used[stem] for word, stem in self._stems(text).items()}
        rarest = sorted((word for word in known if known[word]), key=lambda word: known[word])
        found: defaultdict[str, float] = defaultdict(float)
        if rarest:
            match = " OR ".join(f'"{word}"' for word in rarest[:RAREST])
            query = "SELECT rowid, rank FROM said WHERE said MATCH ? ORDER BY rank LIMIT ?"
            for number, score in self._database.execute(query, (match, BEST_MESSAGES)):
                found[self._authors[number]] -= score
        return found

    def _stems(self, text: str) -> dict[str, str]:
        """One word for each stem of a text, with the stem."""
        by_stem = {self._stem[word]: word for word in _WORD.findall(text.lower())}
        return {word: stem for stem, word in by_stem.items()}

    def close(self) -> None:
        """Give the file back."""
        self._database.close()


class _Stems(dict[str, str]):
    """The Porter stem of each word met so far, as FTS5's tokenizer makes it."""

    def __init__(self) -> None:
        super().__init__()
        self._stemmer = Stemmer.Stemmer("porter")

    def __missing__(self, word: str) -> str:
        stem = self[word] = str(self._stemmer.stemWord(word))
        return stem


def _faded(count: tuple[float, float], now: float) -> float:
    amount, at = count
    return float(amount * 0.5 ** ((now - at) / HALF_LIFE))


def order(scores: dict[str, float] | Counter[str], without: str) -> list[str]:
    """The people by their scores, best first; `without` is the asker."""
    people: Iterable[str] = (who for who in scores if who != without)
    return sorted(people, key=lambda who: (-scores[who], who))
