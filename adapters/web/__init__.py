"""Reading the title of a page that someone shared, without letting the page reach inside.

`fetch.PageFetcher` is the way in; `addresses` says which addresses are public and `titles` finds
the title in the bytes of a page.
"""
