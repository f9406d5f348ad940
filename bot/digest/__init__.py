"""Digests: what comes back to a person, at their own hour, and only when there is something."""
