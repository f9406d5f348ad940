"""Pages and forms as the SDK sends them."""

from __future__ import annotations

import hashlib
import io

import discord
from discord import ui

from adapters.discord.commands import FORM, PRESS
from adapters.discord.render import (
    MOST_VALUE,
    SHORT_FIELD,
    TOO_LARGE,
    Block,
    Page,
    Row,
    Words,
    attachment,
    cut,
    fitted,
)
from adapters.pictures import enclosed
from bot.replies import Button, Field, Form, Reply

NOBODY = discord.AllowedMentions.none()
# Forms that nobody sends are not waited for any longer.
FORM_LASTS = 900.0
# Discord wants at least something to be shown.
NOTHING = "…"
MOST_ALT = 256  # of a picture in a gallery; discord.py says so


def marker(key: str) -> int:
    """A number by which a message of ours is found again: the id of its first component.

    Components keep the 32-bit id they are sent with; `nonce` does not come back with history.
    """
    digest = hashlib.sha256(key.encode()).digest()
    return 1_000 + int.from_bytes(digest[:4], "big") % (2**31 - 2_000)


def view(page: Page, key: str = "", file: discord.File | None = None) -> ui.LayoutView:
    """A page as a message; `file` goes with it, and one with a description is a picture.

    It is stopped at once: what its buttons do is known by what they carry, also after a restart,
    so the SDK need not remember any of them.
    """
    layout = ui.LayoutView(timeout=None)
    blocks = page.blocks or (Words(NOTHING),)
    for number, block in enumerate(blocks):
        item = _item(block)
        if key and not number:
            item.id = marker(key)
        layout.add_item(item)
    if file is not None:
        layout.add_item(_enclosed(f"attachment://{file.filename}", file.description))
    layout.stop()
    return layout


def _item(block: Block) -> ui.Item[ui.LayoutView]:
    if isinstance(block, Row):
        return ui.ActionRow(*map(_button, block.buttons))
    return ui.TextDisplay(block.text)


def _enclosed(address: str, description: str | None) -> ui.Item[ui.LayoutView]:
    if description is None:
        return ui.File(address)
    return ui.MediaGallery(discord.MediaGalleryItem(address, description=description))


def _button(button: Button) -> ui.Button[ui.LayoutView]:
    style = discord.ButtonStyle.danger if button.danger else discord.ButtonStyle.secondary
    # A token of the core's stands alone; ours say what they are.
    own = button.token if button.token[1:2] == ":" else PRESS + button.token
    return ui.Button(label=button.label, custom_id=own, style=style)


def upload(reply: Reply) -> tuple[discord.File | None, Words | None]:
    """What goes with a reply; where it is too large for that, the words for it instead."""
    what = enclosed(reply)
    if what is None:
        return None, None
    packed = attachment(what)
    if packed is None:
        return None, Words(TOO_LARGE)
    alt = None if packed.alt is None else cut(packed.alt, MOST_ALT)
    return discord.File(io.BytesIO(packed.content), packed.name, description=alt), None


def modal(form: Form) -> ui.Modal:
    """A form; what comes back is read from the payload, so nothing waits for it here."""
    fits = fitted(form)
    made = ui.Modal(title=fits.title, custom_id=FORM + fits.token, timeout=FORM_LASTS)
    for field in fits.fields:
        made.add_item(ui.Label(text=field.label, component=_input(field)))
    return made


def _input(field: Field) -> ui.TextInput[ui.Modal]:
    long = (
        len(field.value) > SHORT_FIELD or "\n" in field.value or len(field.hint) > SHORT_FIELD // 2
    )
    return ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph if long or not field.value else discord.TextStyle.short,
        default=field.value or None,
        placeholder=field.hint or None,
        required=False,
        max_length=MOST_VALUE,
    )
