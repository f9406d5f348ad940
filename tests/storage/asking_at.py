"""A small community in a store, and questions as the tests of the store make them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.asking.model import Ask, AskState, Given, Post, Question, Ring, State, Thanks
from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    CommunityRef,
    CommunitySeen,
    PlaceRef,
    PlaceSeen,
    Platform,
    Visibility,
)
from bot.model import Account, Community, Place
from storage.store import Store, open_store
from tests.capture.world import hurry

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOMES = tuple(CommunityRef(Platform.SLACK, ident) for ident in ("1", "2", "3"))


@dataclass(frozen=True)
class Town:
    """Three communities; in each a hall and a yard, in the first ana, bea and cy."""

    store: Store
    homes: list[Community]
    places: dict[tuple[str, str], Place]
    ana: Account
    bea: Account
    cy: Account

    def question(self, **more: object) -> Question:
        """A question of ana's that is not kept yet, as different from the usual as is said."""
        asked = Question(
            id=0,
            community_id=self.homes[0].id,
            account_id=self.ana.id,
            place_id=self.places["1", "hall"].id,
            thread=None,
            private=False,
            text="who mends kettles?",
            named=True,
            state=State.OPEN,
            stopped=False,
            asked_at=NOW,
            ring=Ring.NOBODY,
            widens_at=None,
            reminds_at=None,
            looks_at=None,
            looked_at=NOW,
        )
        return replace(asked, **more)  # type: ignore[arg-type]

    def asked(self, **more: object) -> Question:
        """A question that is kept."""
        with self.store.write() as unit:
            return unit.questions.add(self.question(**more), ["mend", "kettl"])

    def ask(self, question: Question, who: Account, **more: object) -> Ask:
        """Somebody is asked."""
        ask = Ask(0, question.id, who.id, None, AskState.ASKED, NOW, "a1")
        with self.store.write() as unit:
            return unit.asks.add(replace(ask, **more))  # type: ignore[arg-type]

    def post(self, question: Question, where: tuple[str, str], **more: object) -> Post:
        """A question stands in a place."""
        post = Post(0, question.id, self.places[where].id, None, "p1", withdrawn=False)
        with self.store.write() as unit:
            return unit.asks.add_post(replace(post, **more))  # type: ignore[arg-type]

    def given(self, question: Question, **more: object) -> Given:
        """Bea answers."""
        hall = self.places["1", "hall"].id
        said = Given(0, question.id, self.bea.id, "I do", NOW, None, hall, "g1", None, None)
        with self.store.write() as unit:
            return unit.answers.add(replace(said, **more))  # type: ignore[arg-type]

    def thanks(self, **more: object) -> Thanks:
        """Ana's thanks to bea, not kept yet."""
        said = Thanks(0, self.bea.id, self.ana.id, "answer", None, None, None, NOW)
        return replace(said, **more)  # type: ignore[arg-type]


@contextmanager
def town(url: str) -> Iterator[Town]:
    """Found a town."""
    with closing(open_store(url)) as store:
        hurry(store)
        bot = Bot(store, lambda: "token")
        people = [AccountRef(HOMES[0], name) for name in ("ana", "bea", "cy")]
        spots = {
            (home.id, name): PlaceRef(home, name) for home in HOMES for name in ("hall", "yard")
        }
        bot.take_in([CommunitySeen(home, f"Town {home.id}") for home in HOMES])
        bot.take_in([PlaceSeen(spot, spot.id, Visibility.PUBLIC) for spot in spots.values()])
        bot.take_in([AccountSeen(one, one.id) for one in people])
        with store.read() as unit:
            homes = [unit.directory.community(home) for home in HOMES]
            places = {key: unit.directory.place(spot) for key, spot in spots.items()}
            accounts = [unit.directory.account(one) for one in people]
        yield Town(
            store,
            [one for one in homes if one],
            {key: one for key, one in places.items() if one},
            *(one for one in accounts if one),
        )
