"""Words and pictures: the only rooms of this wing that choose them."""
