"""`grapevine titles`: asking shared pages what they are called, through the guarded fetcher."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from adapters.cli.output import say
from adapters.web.fetch import PageFetcher
from bot.errors import SettingsError
from bot.features.sharing import found_by
from bot.text.secrets import carries_secret
from bot.wording import number

if TYPE_CHECKING:
    from adapters.cli.world import World

AT_ONCE = 8


def run(world: World, most: int) -> None:
    """Look up at most so many links and keep what was found. SettingsError when switched off."""
    if not world.settings.fetch_titles:
        raise SettingsError("Fetching titles is switched off; set FETCH_TITLES=true to allow it.")
    with world.store.read() as unit:
        wanted = unit.shares.untitled(most)
    found = asyncio.run(_look_up(world, wanted))
    say(f"Looked up {number(len(wanted), 'link')}, found {number(found, 'title')}.")


async def _look_up(world: World, wanted: list[tuple[str, str]]) -> int:
    return await look_up(world, wanted, PageFetcher(refuse=carries_secret))


async def look_up(world: World, wanted: list[tuple[str, str]], fetcher: PageFetcher) -> int:
    """Ask for the titles of (canonical form, address) pairs; how many there were.

    The fetcher is closed afterwards.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(form: str, url: str) -> bool:
        async with gate:
            title = await fetcher.title(url)
        await asyncio.to_thread(keep, world, form, title)
        return title is not None

    try:
        return sum(await asyncio.gather(*(one(form, url) for form, url in wanted)))
    finally:
        await fetcher.close()


def keep(world: World, form: str, title: str | None) -> None:
    """Store what a page is called; None is kept too, so that it is not asked again."""
    with world.store.write() as unit:
        unit.shares.entitle(form, title, found_by(form, title, ""))
