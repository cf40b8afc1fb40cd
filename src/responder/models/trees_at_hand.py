"""Imported by the process that workers are forked from, so that none of them imports LightGBM anew."""

import contextlib

with contextlib.suppress(OSError):  # whoever fits names the system package that is missing
    import lightgbm  # noqa: F401
