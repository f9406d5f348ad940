"""Days that go by in a village, and what they bring to whoever asked something."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from adapters.console import Mail
from bot.events import MessagePosted
from bot.replies import plain
from storage.store import Store
from tests.conversations.driver import UPSTREAM
from tests.features.village import Village, buttons, person, place

NOON = 12


class Letters(Village):
    """A village in which time can pass."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._letters = count(1)
        self._mail = Mail(store, self.bot, lambda: self.now, lambda: f"g{next(self._letters)}")

    def ask_network(self, who: str, text: str) -> None:
        """Ask people, in #general; nobody answers."""
        offer = self.ask(who, "ask", text, "general")
        self.press(who, buttons(offer)["Ask the network"].token, "general")

    def ask_about(self, who: str, text: str) -> str:
        """What `ask` shows at once."""
        return plain(self.ask(who, "ask", text, "general"))

    def talk(self, *said: tuple[str, str], where: str = "workshop") -> None:
        """Several people say something in one conversation, begun by the first of them."""
        first: str | None = None
        for who, text in said:
            name = f"t{next(self._messages)}"
            self.now += timedelta(minutes=1)
            self.do(MessagePosted(place(where), person(who), name, text, self.now, reply_to=first))
            first = first or name

    def months_go_by(self) -> None:
        """Nothing happens for a long time."""
        self.now += timedelta(days=100)
        self.offered(days=1)

    def offered(self, days: int = 8) -> list[str]:
        """Let days go by; what was offered meanwhile for questions, in the words of the note."""
        notes: list[str] = []
        for _ in range(days):
            self.now = (self.now + timedelta(days=1)).replace(hour=NOON)
            notes += [plain(one.reply) for one in self._mail.collect(UPSTREAM)]
        return [note.partition("\n")[2] for note in notes if "you asked" in note]
