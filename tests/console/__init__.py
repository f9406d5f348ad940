"""The console, talked with as people talk with it."""
