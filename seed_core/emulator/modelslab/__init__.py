"""ModelsLab as seen on the wire: chat and Messages of a model that it resells from OpenRouter.

From the host's model page, its documentation and its OpenAPI file; no recorded traffic is public.
"""

from seed_core.emulator.modelslab.host import ModelsLab

__all__ = ["ModelsLab"]
