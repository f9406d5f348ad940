"""The platform-neutral core: pure and synchronous, without SDKs, SQL, clock or network."""
