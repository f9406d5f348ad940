"""What stands between Grapevine and the world: chat platforms, export files, web pages."""
