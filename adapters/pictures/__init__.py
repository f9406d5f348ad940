"""What goes with a reply as bytes: a file, or a chart drawn as a picture."""

from adapters.pictures.enclosing import Enclosed, enclosed

__all__ = ["Enclosed", "enclosed"]
