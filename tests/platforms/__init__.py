"""Servers of ours that speak the platforms' protocols, strictly; unmodified SDKs talk to them."""
