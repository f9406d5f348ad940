"""The store: tables, queries, migrations, the inbox and the outbox; no SQL stands elsewhere."""
