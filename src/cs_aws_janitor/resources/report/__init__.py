"""Words and pictures: the only rooms that choose how something is said to a person."""
