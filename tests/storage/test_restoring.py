"""A store that was brought back learns from the one before it what is gone, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from sqlalchemy import insert

from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    ButtonPressed,
    CommandUsed,
    CommunityRef,
    CommunitySeen,
    Event,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Platform,
    Visibility,
)
from bot.restoring import CaughtUp, catch_up
from storage.forgotten import KEY
from storage.store import open_store
from storage.tables import meta
from tests.databases import Databases

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOME = CommunityRef(Platform.SLACK, "T1")
GARDEN = PlaceRef(HOME, "C1")
ANA, MEI = AccountRef(HOME, "U1"), AccountRef(HOME, "U2")
COPIED: tuple[Event, ...] = (
    CommunitySeen(HOME, "Home"),
    PlaceSeen(GARDEN, "garden", Visibility.PUBLIC),
    AccountSeen(ANA, "Ana"),
    MessagePosted(GARDEN, ANA, "1", "Compost wants air.", NOW),
    MessagePosted(GARDEN, ANA, "2", "And water.", NOW),
)
GONE = MessageDeleted(GARDEN, "1", NOW)


OURS, THEIRS = "0a" * 32, "0b" * 32


@contextmanager
def home(databases: Databases, *events: Event, key: str = OURS) -> Iterator[Bot]:
    """Grapevine with a store of its own, in which something happened; copies share its key."""
    with closing(open_store(databases.migrated())) as store:
        with store.write() as unit:
            unit.connection.execute(insert(meta), {"key": KEY, "value": key})
        bot = Bot(store, lambda: "token")
        bot.take_in([*COPIED, *events])
        yield bot


def messages(bot: Bot) -> set[str]:
    with bot.store.read() as unit:
        where = unit.directory.place(GARDEN)
        assert where is not None
        return {name for name in ("1", "2", "3") if unit.archive.find(where.id, name)}


def forget(bot: Bot, who: AccountRef) -> None:
    bot.handle(CommandUsed(GARDEN, who, "forget-me", "", NOW))
    bot.handle(ButtonPressed(GARDEN, who, "token", NOW))


def test_what_was_deleted_after_the_copy_goes_again(databases: Databases) -> None:
    with home(databases, GONE) as before, home(databases) as copy:
        assert catch_up(copy, before.store) == CaughtUp(deleted=1)
        assert messages(copy) == {"2"}
        copy.take_in(COPIED)
        assert messages(copy) == {"2"}


def test_what_is_gone_from_the_copy_as_well_is_not_told(databases: Databases) -> None:
    with home(databases, GONE) as before, home(databases, GONE) as copy:
        assert catch_up(copy, before.store) == CaughtUp()


def test_who_was_forgotten_after_the_copy_is_so_again(databases: Databases) -> None:
    with home(databases) as before, home(databases) as copy:
        forget(before, ANA)
        assert catch_up(copy, before.store) == CaughtUp(forgotten=1)
        assert messages(copy) == set()
        copy.take_in(COPIED)
        assert messages(copy) == set()


def test_who_came_and_was_forgotten_after_the_copy_is_kept_out_too(databases: Databases) -> None:
    there = AccountSeen(MEI, "Mei"), MessagePosted(GARDEN, MEI, "3", "And worms.", NOW)
    with home(databases, *there) as before, home(databases) as copy:
        forget(before, MEI)
        assert catch_up(copy, before.store) == CaughtUp()
        copy.take_in(there)
        assert messages(copy) == {"1", "2"}


def test_who_was_known_again_after_the_copy_stays_known(databases: Databases) -> None:
    with home(databases) as before, home(databases) as copy:
        forget(before, ANA)
        catch_up(copy, before.store)
        before.handle(CommandUsed(GARDEN, ANA, "remember-me", "", NOW))
        catch_up(copy, before.store)
        copy.take_in(COPIED)
        assert messages(copy) == {"1", "2"}


def test_another_store_does_not_bring_back_whom_this_one_forgot(databases: Databases) -> None:
    with home(databases, key=THEIRS) as another, home(databases) as copy:
        forget(another, MEI)
        forget(copy, ANA)
        catch_up(copy, another.store)
        copy.take_in(COPIED)
        assert messages(copy) == set()
