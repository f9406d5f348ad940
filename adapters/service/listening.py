"""One address on which a web server of ours listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from bot.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Listener:
    """Listens at `host`:`port` from `start` to `stop`; `setting` is where the port can be changed.

    `what` is served there, in words for whoever runs it.
    """

    host: str
    port: int
    setting: str
    what: str
    _runner: web.AppRunner | None = None

    async def start(self, *fill: Callable[[web.Application], None]) -> None:
        """Listen with what each of `fill` adds. SettingsError when the address cannot be had."""
        app = web.Application()
        for one in fill:
            one(app)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError:
            await self.stop()
            raise SettingsError(
                f"Port {self.port} of {self.host} cannot be had for {self.what}; "
                f"set {self.setting} to another one, or to 0 for none."
            ) from None

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
