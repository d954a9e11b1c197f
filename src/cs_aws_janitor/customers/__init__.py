"""Customers and their dated touchpoints: what, for whom, by when, and each of them once."""
