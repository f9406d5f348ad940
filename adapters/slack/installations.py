"""The tokens of all workspaces that installed us, in the store and encrypted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.slack.offices import Grant
from adapters.slack.vault import Unreadable, Vault
from bot.events import CommunityRef, Platform
from bot.installing import Installation
from bot.logs import logger

if TYPE_CHECKING:
    from bot.ports import Store


@dataclass(frozen=True, slots=True)
class Installed:
    """The installations as `Tokens`."""

    store: Store
    vault: Vault
    now: Callable[[], datetime]

    async def all(self) -> list[Grant]:
        """Every token that can be read."""
        found = await asyncio.to_thread(self._all)
        return [grant for one in found if (grant := self._grant(one)) is not None]

    async def of(self, team: str) -> Grant | None:
        """The token of one workspace; None: we are not installed there, or it cannot be read."""
        found = await asyncio.to_thread(self._find, _home(team))
        return None if found is None else self._grant(found)

    async def drop(self, team: str) -> None:
        """Forget the token of a workspace."""
        await asyncio.to_thread(self._drop, _home(team))

    async def keep(self, team: str, name: str, token: str) -> None:
        """Keep the token of a workspace that installed us just now."""
        made = Installation(_home(team), name, self.vault.seal(token), self.now())
        await asyncio.to_thread(self._save, made)

    async def reseal(self) -> int:
        """Encrypt with the first key what another one had encrypted; how many there were."""
        return await asyncio.to_thread(self._reseal)

    async def unreadable(self) -> list[str]:
        """The names of the workspaces whose tokens no key of ours opens."""
        return [one.name for one in await asyncio.to_thread(self._all) if not self._grant(one)]

    def _grant(self, one: Installation) -> Grant | None:
        try:
            token = self.vault.open(one.sealed)
        except Unreadable:
            logger().error("no key opens the token of a workspace", team=one.community.id)
            return None
        return Grant(token, one.community.id, one.name, one.installed_at)

    def _all(self) -> list[Installation]:
        with self.store.read() as unit:
            return unit.installations.all(Platform.SLACK)

    def _find(self, home: CommunityRef) -> Installation | None:
        with self.store.read() as unit:
            return unit.installations.find(home)

    def _save(self, made: Installation) -> None:
        with self.store.write() as unit:
            unit.installations.save(made)

    def _drop(self, home: CommunityRef) -> None:
        with self.store.write() as unit:
            unit.installations.drop(home)

    def _reseal(self) -> int:
        changed = 0
        for one in self._all():
            try:
                fresh = self.vault.resealed(one.sealed)
            except Unreadable:
                continue
            if fresh is not None:
                with self.store.write() as unit:
                    changed += unit.installations.reseal(one.community, one.sealed, fresh)
        return changed


def _home(team: str) -> CommunityRef:
    return CommunityRef(Platform.SLACK, team)
