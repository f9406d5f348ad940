"""Whom to name for what: pure functions over what the store found."""
