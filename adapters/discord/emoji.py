"""The short names of emoji: Discord sends the sign itself."""

from __future__ import annotations

import unicodedata

from adapters.discord.guild import Payload

# As people type them, for those that mean something to us or are put often.
_SHORT = {
    "👍": "thumbsup",
    "👎": "thumbsdown",
    "🙏": "pray",
    "❤": "heart",
    "🎉": "tada",
    "✅": "white_check_mark",
    "✔": "heavy_check_mark",
    "🔖": "bookmark",
    "📌": "pushpin",
    "⭐": "star",
    "👀": "eyes",
    "💯": "100",
    "🔥": "fire",
    "😂": "joy",
    "🙌": "raised_hands",
    "👏": "clap",
    "🚀": "rocket",
    "🤔": "thinking",
}
LONGEST = 100


def short_name(emoji: Payload) -> str:
    """The name of an emoji of a payload; one that has none in Unicode stands for itself."""
    sign = str(emoji.get("name") or "unknown")
    if emoji.get("id"):
        return sign[:LONGEST]
    first = sign[0]
    named = unicodedata.name(first, first).lower().replace(" ", "_")
    return _SHORT.get(first, named)[:LONGEST]
