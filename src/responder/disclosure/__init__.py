"""What a bundle gives away of the patients it was trained on: attacks that anybody who holds it can mount."""

from __future__ import annotations

from responder.disclosure.audit import Audit, audit

__all__ = ["Audit", "audit"]
