"""The store: SQLAlchemy tables, queries, migrations, the inbox and the outbox. No SQL stands elsewhere."""
