"""The language model: four roles, every call recorded, every reply checked by code."""
