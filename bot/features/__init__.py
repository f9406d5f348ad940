"""What Grapevine does, one small file for each thing."""
