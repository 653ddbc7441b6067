"""The wires: a Prompt to a request body, and bytes back to events. Pure; no provider's name."""
