"""Where tasks are put. A sink is one file here, and keeps to `_sink.Sink`."""

NAMES = ("file", "calendar", "gitlab", "slack", "mail", "salesforce")
