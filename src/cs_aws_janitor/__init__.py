"""The janitor of shared AWS accounts: one clear life for every resource."""

__version__ = "0.1.0"
