"""The names that Slack and we call things by: shortcuts, and the command that the global one is."""

ASK = "ask"
SAVE_LINK = "save_link"
ASK_NETWORK = "ask_network"
ASK_ANYWHERE = "ask_anywhere"
METADATA = "grapevine_delivery"
"""The type of the metadata that our deliveries carry; its payload holds their key."""
