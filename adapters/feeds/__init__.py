"""Feeds: pages that leave for feed readers and bookmarks, and feeds that are brought in."""
