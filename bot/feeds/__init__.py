"""Feeds: what is shared here as it can leave again, behind an address that nobody can guess."""
