"""A carrier to the strict platform, as an adapter would write it."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientSession

from adapters.service.carrier import Carrier, Later, Refused, Unclear
from bot.deliveries import Parcel, Ref, Trouble
from bot.events import Platform
from bot.replies import plain

# The strict platform stands in for any of them.
PLATFORM = Platform.SLACK


class StrictCarrier(Carrier):
    """Delivers to the platform at `url`."""

    def __init__(
        self,
        url: str,
        *,
        lands_within: timedelta | None = timedelta(seconds=0.4),
        pace: timedelta = timedelta(0),
    ) -> None:
        self._url = url
        self._lands_within = lands_within
        self._pace = pace
        self._session = ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    @property
    def platform(self) -> Platform:
        return PLATFORM

    @property
    def pace(self) -> timedelta:
        return self._pace

    @property
    def lands_within(self) -> timedelta | None:
        return self._lands_within

    async def send(self, parcel: Parcel) -> Ref:
        to = parcel.destination
        said = {
            "key": parcel.key,
            "place": to.place,
            "account": to.account,
            "thread": to.thread,
            "text": plain(parcel.reply),
        }
        answer = await self._ask("POST", "/messages", json=said)
        return Ref(answer["place"], answer["id"])

    async def edit(self, parcel: Parcel, ref: Ref) -> None:
        said = {"key": parcel.key, "text": plain(parcel.reply)}
        await self._ask("PATCH", f"/messages/{ref.place}/{ref.message}", json=said)

    async def find(self, parcel: Parcel) -> Ref | None:
        to = parcel.destination
        asked = {"place": to.place or f"@{to.account}", "key": parcel.key}
        found = await self._ask("GET", "/messages", params=asked)
        return Ref(found[0]["place"], found[0]["id"]) if found else None

    async def _ask(self, verb: str, path: str, **what: Any) -> Any:
        try:
            async with self._session.request(verb, self._url + path, **what) as answer:
                _judge(answer)
                return await answer.json()
        except ClientConnectorError as error:
            raise Later from error
        except ClientError as error:
            raise Unclear(type(error).__name__) from error


def _judge(answer: ClientResponse) -> None:
    """Raise what an answer means, unless it is a good one."""
    match answer.status:
        case HTTPStatus.OK:
            return
        case HTTPStatus.TOO_MANY_REQUESTS:
            after = timedelta(seconds=float(answer.headers["Retry-After"]))
            raise Later(after, everywhere="X-Everywhere" in answer.headers)
        case HTTPStatus.SERVICE_UNAVAILABLE:
            raise Later
        case HTTPStatus.NOT_FOUND:
            raise Refused(Trouble.GONE, "place_is_gone")
        case _:
            raise Unclear(f"status {answer.status}")
