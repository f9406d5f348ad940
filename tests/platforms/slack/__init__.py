"""A Slack of our own: the Web API, Socket Mode, HTTP delivery and OAuth, over real connections.

The unmodified SDK talks to it. It is strict where Slack is: what a token, its scopes and the bot's
memberships do not allow is refused in Slack's words; an app gets the events, commands and shortcuts
of its manifest and no others; blocks, views, triggers and response URLs are held to their rules.
Facts are from https://docs.slack.dev.

    slack = await Slack.start()
    team = slack.install(manifest)
    ana = team.person("ana")
    general = team.channel("general", ana)
    await slack.say(ana, general, "hello")
"""

from tests.platforms.slack.server import Slack

__all__ = ["Slack"]
