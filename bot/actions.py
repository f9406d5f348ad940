"""What the buttons and forms do; their names are kept with them in the store."""

from __future__ import annotations

from collections.abc import Callable

from bot.features import (
    accounts,
    arrival,
    ask,
    asked,
    bring,
    digest,
    feed,
    manners,
    me,
    note,
    places,
    privacy,
    questions,
    share_here,
    stopping,
    who_knows,
)
from bot.replies import Reply

# Each takes the request, and what the button was made with.
ACTIONS: dict[str, Callable[..., Reply]] = {
    "hide": me.hide,
    "show-all": me.show_all,
    "unlist-me": me.unlist,
    "list-me": me.list_again,
    "forget-me": privacy.forget,
    "empty-place": places.empty,
    "empty-places": places.empty_all,
    "listen-here": arrival.listen_here,
    "listen-all": arrival.listen_all,
    "listen-nowhere": arrival.listen_nowhere,
    "choose-places": arrival.choose,
    share_here.ACTION: share_here.share,
    "join-accounts": accounts.joined,
    # Whoever asks
    who_knows.ASK: ask.put,
    "ask-network": ask.ask_network,
    "ask-in": ask.ask_in,
    "never-mind": ask.never_mind,
    "helped-before": ask.helped_before,
    "widen": questions.widen,
    "stop-here": questions.stop_here,
    "close": questions.close,
    "answers": questions.answers,
    "found-it": questions.found_it,
    "not-it": questions.not_it,
    # Whoever is asked
    "answer": asked.answer,
    "change-answer": asked.change_answer,
    "take-back": asked.take_back,
    "pass": asked.pass_on,
    "decline": asked.decline,
    "pause": asked.pause,
    "stop-asking": asked.stop_asking,
    "helped": asked.helped,
    "mute": asked.mute,
    "note": note.begin,
    "note-for": note.write,
    "note-agree": note.agree,
    "note-back": note.back,
    "ask-me": manners.ask_me,
    "leave-me": manners.leave_me,
    "digest": digest.chosen,
    "digest-off": digest.off,
    "digest-pause": digest.pause,
    "not-this-month": digest.not_this_month,
    "zone": digest.zone,
    "less": digest.less,
    "list-for": digest.list_me,
    "never-list": digest.never_list,
    "bring-off": bring.off,
    "feed-me": feed.own,
    "feed-anew": feed.anew,
    "feed-off": feed.switch_off,
    "stop": stopping.stop,
    "take-down": stopping.take_down,
}
# Each takes the request, the fields, and what the form was made with.
FORMS: dict[str, Callable[..., Reply]] = {
    "ask": ask.submitted,
    "answer": asked.answered,
    "change-answer": asked.answer_changed,
    "pass": asked.passed,
    "note": note.written,
}
