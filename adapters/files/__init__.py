"""Readers of chat exports: each turns files into a stream of events and touches no store."""

from adapters.files.export import Export, Skipped
from adapters.files.recognise import open_export

__all__ = ["Export", "Skipped", "open_export"]
