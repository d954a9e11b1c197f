"""A small fake AWS in a process of its own: a fleet of instances, answered in full size."""
