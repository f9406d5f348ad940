"""The doctor and `discord-invite` say what is wrong with Discord and what to do about it."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from adapters.discord import doctor
from adapters.discord.portal import application
from bot.errors import SettingsError
from bot.settings import Settings
from tests.discord.scene import Scene, scene
from tests.platforms.discord.world import FORUM, HISTORY, SEND, VIEW


def said(url: str, **settings: Any) -> list[str]:
    return asyncio.run(_said(url, **settings))


async def _said(url: str, *, portal: int | None = None, **settings: Any) -> list[str]:
    async with scene(url, running=False, **settings) as made:
        _spoil(made, portal)
        return await doctor._check(made.settings)


def _spoil(made: Scene, portal: int | None) -> None:
    if portal is not None:
        made.discord.gateway.portal = portal
    own = made.guild["roles"][1]["id"]
    made.discord.world.channel(made.guild, "questions", FORUM)
    for channel, right in ((made.general, HISTORY), (made.kitchen, VIEW | SEND)):
        shut = {"id": own, "type": 0, "allow": "0", "deny": str(right)}
        channel["permission_overwrites"] = [shut]


def test_what_it_lacks_is_named_channel_by_channel(sqlite_url: str) -> None:
    assert said(sqlite_url) == [
        "Discord: signed in as Grapevine, in 1 server.",
        "Discord: in Riverbend it lacks the permission View Channel in #kitchen.",
        "Discord: in Riverbend it lacks the permission Read Message History in #general.",
    ]


def test_intents_that_are_off_are_named_with_what_works_without_them(sqlite_url: str) -> None:
    lines = said(sqlite_url, portal=0)
    assert doctor.NO_CONTENT in lines
    assert doctor.NO_MEMBERS in lines


def test_what_was_switched_off_on_purpose_is_said_to_be_off(sqlite_url: str) -> None:
    assert doctor.SWITCHED_OFF in said(sqlite_url, discord_message_content=False)


def test_without_a_token_it_is_not_set_up() -> None:
    assert doctor.check(Settings()) == [doctor.NOT_SET_UP]
    with pytest.raises(SettingsError, match="DISCORD_BOT_TOKEN"):
        doctor.invite(Settings())


def test_a_wrong_token_is_named(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            wrong = made.settings.model_copy(update={"discord_bot_token": SecretStr("wrong")})
            with pytest.raises(SettingsError, match="does not know DISCORD_BOT_TOKEN"):
                await application(wrong)

    asyncio.run(whole())


def test_the_invitation_asks_for_the_least(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            address = urlsplit((await application(made.settings)).invite)
            asked = parse_qs(address.query)
            assert asked["client_id"] == [made.discord.world.bot]
            assert asked["scope"] == ["bot applications.commands"]
            assert int(asked["permissions"][0]) == VIEW | SEND | HISTORY | 1 << 38

    asyncio.run(whole())
