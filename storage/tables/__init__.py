"""Every table, in one place.

A column that holds an account or a person is named `account_id`, `person_id`, `opener_id`,
`about_id`, `…_by` or `account_hash`: `storage/removal.py` is held against those names by a test.
"""

from __future__ import annotations

from storage.tables.asking import answer, ask, finding, post, question, question_term, thanks
from storage.tables.digest import digest_day, follow, less, subscription
from storage.tables.feeds import brought, feed
from storage.tables.installing import installation, oauth_state
from storage.tables.machinery import backfill, button, import_run, inbox, meta, outbox
from storage.tables.network import alliance, attempt, code, place_grant, question_place
from storage.tables.notes import note
from storage.tables.people import claim, claim_term, confirmed, forgotten, hidden, manners, muted
from storage.tables.places import account, community, member, person, place, place_member
from storage.tables.said import conversation, message, reaction, share, tombstone
from storage.tables.schema import metadata
from storage.tables.wishes import credit_note, credit_place, pulse
from storage.tables.words import participant, posting, share_term, vocabulary

__all__ = [
    "account",
    "alliance",
    "answer",
    "ask",
    "attempt",
    "backfill",
    "brought",
    "button",
    "claim",
    "claim_term",
    "code",
    "community",
    "confirmed",
    "conversation",
    "credit_note",
    "credit_place",
    "digest_day",
    "feed",
    "finding",
    "follow",
    "forgotten",
    "hidden",
    "import_run",
    "inbox",
    "installation",
    "less",
    "manners",
    "member",
    "message",
    "meta",
    "metadata",
    "muted",
    "note",
    "oauth_state",
    "outbox",
    "participant",
    "person",
    "place",
    "place_grant",
    "place_member",
    "post",
    "posting",
    "pulse",
    "question",
    "question_place",
    "question_term",
    "reaction",
    "share",
    "share_term",
    "subscription",
    "thanks",
    "tombstone",
    "vocabulary",
]
