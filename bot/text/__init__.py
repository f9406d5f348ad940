"""Pure text: links found in a message, compared with each other, and recognised as secret."""
