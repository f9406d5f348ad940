"""One person's request, with what a feature needs to answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.asking.model import Rules
from bot.asking.scene import Scene
from bot.conversations import Limits
from bot.events import AccountRef
from bot.model import Account, Audience, Community, Place
from bot.ports import Promise, Unit
from bot.replies import Button, Field, Form

BUTTONS_LAST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, where and when.

    `account_ids` are all accounts of the person behind `account`; `private` says whether only
    they will see the reply; `new_token` makes the opaque ids of buttons; `limits` say where
    conversations are cut, `rules` how much may be asked; `thread` is where in the place it is.
    """

    unit: Unit
    community: Community
    place: Place | None
    account: Account
    account_ids: tuple[int, ...]
    private: bool
    at: datetime
    new_token: Callable[[], str]
    limits: Limits = field(default_factory=Limits)
    rules: Rules = field(default_factory=Rules)
    thread: str | None = None

    @classmethod
    def outside(cls, unit: Unit, community: Community, at: datetime) -> Request:
        """A question of somebody who is not in the community; they are offered no buttons."""
        nobody = Account(0, AccountRef(community.ref, ""), 0, "", is_bot=False)
        return cls(unit, community, None, nobody, (), private=True, at=at, new_token=lambda: "")

    @property
    def audience(self) -> Audience:
        """Everyone who will read the reply."""
        if self.private or self.place is None:
            return self.own
        return Audience(self.at, self.community.id, place_id=self.place.id)

    @property
    def own(self) -> Audience:
        """The person alone."""
        return Audience(self.at, self.community.id, self.account_ids)

    @property
    def is_admin(self) -> bool:
        """Whether the person may decide for the community."""
        return self.unit.people.is_admin(self.community.id, self.account_ids)

    def button(self, label: str, action: str, *argument: str, danger: bool = False) -> Button:
        """A button that only this person can press; what it does stays in the store."""
        token = self.new_token()
        self.unit.people.save_button(
            token, self.account.person_id, action, argument, self.at + BUTTONS_LAST
        )
        return Button(label, token, danger)

    def promise(self, label: str, action: str, *argument: str) -> Button:
        """Like `button`, in an answer that changes nothing: it is remembered afterwards."""
        token, expires_at = self.new_token(), self.at + BUTTONS_LAST
        promise = Promise(token, self.account.person_id, action, argument, expires_at)
        self.unit.people.promised.append(promise)
        return Button(label, token)

    def form(self, title: str, submit: str, fields: tuple[Field, ...], *action: object) -> Form:
        """A form of this person's; what it does stays in the store as with a button."""
        name, *argument = map(str, action)
        return Form(title, fields, self.button(submit, name, *argument).token, submit)

    @property
    def scene(self) -> Scene:
        """Where asking works."""
        return Scene(self.unit, self.at, self.new_token, self.rules, self.limits)
