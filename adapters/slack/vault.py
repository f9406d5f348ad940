"""Bot tokens at rest: encrypted with the first key, readable with each of them.

https://cryptography.io/en/latest/fernet: to change a key, put a new one before the old one; at the
next start all tokens are encrypted with it, and the old one may go.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import SettingsError

NOT_KEYS = "SLACK_TOKEN_KEYS should be keys with commas between; grapevine slack-key makes one."


class Unreadable(Exception):
    """None of the keys is the one with which this was encrypted."""


def new_key() -> str:
    """Make a key for `SLACK_TOKEN_KEYS`."""
    return Fernet.generate_key().decode()


@dataclass(frozen=True, slots=True)
class Vault:
    """Encrypts with the first of its keys and decrypts with any."""

    _first: Fernet = field(repr=False)
    _all: MultiFernet = field(repr=False)

    @classmethod
    def of(cls, keys: str) -> Vault:
        """Take the keys as the settings have them. SettingsError when they are none."""
        try:
            made = [Fernet(one.strip()) for one in keys.split(",")]
        except ValueError:
            raise SettingsError(NOT_KEYS) from None
        return cls(made[0], MultiFernet(made))

    def seal(self, secret: str) -> str:
        """Encrypt."""
        return self._first.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt. Raises `Unreadable`."""
        try:
            return self._all.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable from None

    def resealed(self, sealed: str) -> str | None:
        """The same encrypted with the first key; None: it is already. Raises `Unreadable`."""
        try:
            self._first.decrypt(sealed.encode())
        except InvalidToken:
            return self.seal(self.open(sealed))
        return None
