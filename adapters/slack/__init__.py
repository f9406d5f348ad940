"""Slack: payloads in, blocks out, over Socket Mode or HTTP; `service.SlackService` is the way in.

What Slack does and allows is described at https://docs.slack.dev; each fact that code here stands
on is named where it stands.
"""
