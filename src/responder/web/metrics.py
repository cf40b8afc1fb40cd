"""What is counted of a service, for Prometheus: requests, their time, decisions and versions; never a value."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, generate_latest

from responder.score.bundle import Bundle

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
OTHER = "other"
METHODS = frozenset({"GET", "HEAD", "POST"})


class Metrics:
    """Counts since the service was started; a replaced bundle goes on counting.

    Parameters
    ----------
    version : str
        Of the program.
    """

    def __init__(self, version: str) -> None:
        self.version = version
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "responder_requests", "Requests answered", ["route", "method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "responder_request_seconds", "Time to the answer", ["route"], buckets=SECONDS, registry=self.registry
        )
        self.profiles = Counter(
            "responder_profiles", "Profiles answered, by decision", ["decision"], registry=self.registry
        )
        self.reloads = Counter("responder_reloads", "Bundles loaded on request", ["result"], registry=self.registry)
        self.build = Info("responder", "What answers", registry=self.registry)

    def serves(self, bundle: Bundle) -> None:
        """Note which bundle answers from now on."""
        names = {"bundle": bundle.name, "model": bundle.model.id, "study": bundle.study.id}
        self.build.info({"version": self.version, "trained_with": bundle.provenance.code_version, **names})

    def scored(self, decisions: Iterable[str]) -> None:
        """Count profiles by decision."""
        for decision in decisions:
            self.profiles.labels(decision).inc()

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request; what somebody put into an address or a method is no label."""
        known = method if method in METHODS else OTHER
        self.requests.labels(route, known, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        return generate_latest(self.registry)
