"""Forms as modals and a reply as the Home tab: https://docs.slack.dev/surfaces."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from adapters.slack.limits import (
    BLOCK_ID,
    BLOCKS_IN_VIEW,
    ERROR_TEXT,
    FIELD_HINT,
    FIELD_LABEL,
    FIELD_VALUE,
    VIEW_METADATA,
    VIEW_TITLE,
)
from adapters.slack.render import Block, plain_text, section_blocks, shortened
from bot.replies import Field, Form, Reply, plain

FORM = "form"
VALUE = "value"
MOST_ABOVE = 10  # blocks over the fields of a form


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a form was opened from, so that its answer finds the way back.

    `url` is the `response_url` of what opened it, if it had one.
    """

    place: str
    thread: str | None = None
    url: str | None = None

    @classmethod
    def read(cls, text: str) -> Origin:
        """Read what `str` wrote; of anything else, a place that is none."""
        try:
            fields = json.loads(text)
            return cls(fields["place"], fields.get("thread"), fields.get("url"))
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls("")

    def __str__(self) -> str:
        text = json.dumps(asdict(self))
        return text if len(text) <= VIEW_METADATA else json.dumps({"place": self.place})


def modal(form: Form, origin: Origin, said: Reply | None = None) -> dict[str, Any]:
    """Return a form as a modal; `said` is what stands above its fields."""
    above = (
        [block for section in said.sections for block in section_blocks(section)] if said else []
    )
    blocks = [*above[:10], *map(_input, form.fields)]
    return {
        "type": "modal",
        "callback_id": FORM,
        "external_id": form.token,
        "title": plain_text(form.title, VIEW_TITLE),
        "submit": plain_text(form.submit, VIEW_TITLE),
        "close": plain_text("Cancel", VIEW_TITLE),
        "private_metadata": str(origin),
        "blocks": blocks,
    }


def _input(field: Field) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "multiline": True,
        "max_length": FIELD_VALUE,
    }
    if field.value:
        element["initial_value"] = shortened(field.value, FIELD_VALUE)
    made: Block = {
        "type": "input",
        "block_id": field.name[:BLOCK_ID],
        "optional": True,
        "label": plain_text(field.label or field.name, FIELD_LABEL),
        "element": element,
    }
    if field.hint:
        made["hint"] = plain_text(field.hint, FIELD_HINT)
    return made


def values(view: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the fields of a modal that was sent, as (name, value) pairs."""
    state = view.get("state", {}).get("values", {})
    return tuple(
        (name, str(block.get(VALUE, {}).get("value") or "")) for name, block in state.items()
    )


def errors(reply: Reply, sent: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return what is wrong with a form that was sent, under the field that it belongs to.

    The core says it in a sentence beside the form; it goes to the first field that is empty, else
    to the last. None of the fields: it is another form, and nothing is returned.
    """
    assert reply.form is not None
    before = dict(sent)
    names = [field.name for field in reply.form.fields if field.name in before]
    empty = [name for name in names if not before[name].strip()]
    said = shortened(plain(reply), ERROR_TEXT)
    return dict.fromkeys((*empty[:1], *names[-1:])[:1], said)


def home(reply: Reply) -> dict[str, Any]:
    """Return a reply as a Home tab: as much as Slack takes."""
    blocks = [block for section in reply.sections for block in (*section_blocks(section), _RULE)]
    kept = blocks[: BLOCKS_IN_VIEW - 1]
    while kept and kept[-1] is _RULE:
        kept.pop()
    return {"type": "home", "blocks": [b | {"block_id": f"b{i}"} for i, b in enumerate(kept)]}


_RULE: Block = {"type": "divider"}
