"""`make bench`: how much work a plan is, side by side with the peer and with the bare SDK."""
