"""Ana's question about bread, from which many conversations of answers begin."""

from __future__ import annotations

from tests.asking.village import GENERAL, KITCHEN, Sent, Village

BREAD = "Who can help with sourdough bread?"


def posted(village: Village, **how: str) -> Sent:
    """Ana's question in #general, where everybody can answer."""
    village.asks("ana", BREAD, **how)  # type: ignore[arg-type]
    village.deliver()
    return village.posted(GENERAL)[0]


def now(village: Village, sent: Sent) -> str:
    """How a message of Grapevine's reads now."""
    village.deliver()
    return village.on_screen()[sent.ref.place, sent.ref.message].text


def asked_mei(village: Village, *, openly: bool = False) -> Sent:
    """Ana's question, with mei."""
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD, KITCHEN, openly=openly)
    village.deliver()
    return village.got("mei", "ask")[0]
