"""What both wings stand on: the clock, errors, logs, notices."""
