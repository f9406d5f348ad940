"""Asking the network: the ladder, those who are asked, their answers, and what comes back."""
