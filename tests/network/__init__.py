"""Communities that agree, accounts that are one person, and how Grapevine comes to a place."""
