"""Discord: everything the core can do, in the manner of a Discord server."""
