"""The errors Grapevine raises on purpose.

    GrapevineError
    ├── SettingsError      a setting is missing or wrong
    ├── StoreError         the store cannot be opened, read or written
    ├── ImportFailed       a file could not be imported; the store is as it was
    └── NotFound           something the person named does not exist

Each message is one sentence for the person who has to act on it. Anything else that is raised is
a defect: it is logged with an id and the person gets one calm sentence.
"""


class GrapevineError(Exception):
    """The base of every expected error; its text may be shown as it is."""


class SettingsError(GrapevineError):
    """A setting is missing or wrong."""


class StoreError(GrapevineError):
    """The store cannot be opened, read or written."""


class ImportFailed(GrapevineError):
    """A file could not be imported; the store is as it was."""


class NotFound(GrapevineError):
    """Something the person named does not exist."""
