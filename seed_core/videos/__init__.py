"""Video generation: the task as a value, the host's wire, and the flows between them; no I/O."""
