"""The version, and the name under which requests are sent."""

__version__ = "0.1.0"
USER_AGENT = f"seed-integrations/{__version__}"
