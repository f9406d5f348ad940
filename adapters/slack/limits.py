"""What Slack takes at most, each under the name of what it limits.

https://docs.slack.dev/reference/block-kit/blocks, …/block-elements, …/surfaces/modals and
https://docs.slack.dev/reference/methods/chat.postMessage.
"""

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
SECTION_TEXT = 3_000
MESSAGE_TEXT = 4_000  # recommended; Slack cuts at 40,000
BUTTONS_IN_ROW = 25
BUTTON_LABEL = 75
BUTTON_VALUE = 2_000
URL = 3_000
VIEW_TITLE = 24
VIEW_METADATA = 3_000
FIELD_LABEL = 2_000
FIELD_HINT = 2_000
FIELD_VALUE = 3_000
BLOCK_ID = 255
ERROR_TEXT = 2_000  # not documented: that of a hint
"""Characters of what is said under a field that is wrong."""

# Our own: a message that can be looked over, and what Slack refuses as `msg_blocks_too_long`.
LINES_ON_PAGE = 40
BLOCKS_ON_PAGE = BLOCKS_IN_MESSAGE - 2  # the pager and a notice
TEXT_ON_PAGE = 9_000
