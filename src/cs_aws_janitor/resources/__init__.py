"""The first wing: things in AWS, from first sighting to termination."""
