"""The version of ``result.json``: whoever writes or reads it knows this name alone."""

__all__ = ["SCHEMA"]

SCHEMA = "responder/result/3"
