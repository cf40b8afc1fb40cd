"""``responder serve`` under several clients at once: latency, requests a second, errors, memory.

Run ``python benchmarks/serving.py`` after ``make train``. Each client keeps one connection and asks again as soon as it
is answered, so that clients, service and clock share the machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
PROFILE = (ROOT / "data/rp_ld_il2/example_profile.json").read_bytes()
SERVE = (sys.executable, "-m", "responder.cli.main", "serve", "--port", "0", "--quiet")


def client(address: str, path: str, until: float, seconds: list[float], errors: list[str]) -> None:
    host = urlsplit(address).netloc
    connection = http.client.HTTPConnection(host, timeout=30)
    while time.perf_counter() < until:
        start = time.perf_counter()
        try:
            connection.request("POST", path, PROFILE, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except OSError as error:
            errors.append(repr(error))
            connection.close()
            continue
        seconds.append(time.perf_counter() - start)
        if answer.status != 200:
            errors.append(str(answer.status))


async def burst(address: str, requests: int) -> dict[str, int]:
    """Return how often each status came back when so many ask at the same moment, each on a connection of its own."""
    host, port = urlsplit(address).netloc.split(":")
    head = f"POST /v1/score HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    asked = f"{head}Content-Length: {len(PROFILE)}\r\n\r\n".encode() + PROFILE

    async def one() -> str:
        try:
            async with asyncio.timeout(30):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(asked)
                answer = await reader.read()
                writer.close()
        except (OSError, TimeoutError) as error:
            return type(error).__name__
        retry = " with Retry-After" if b"retry-after:" in answer.partition(b"\r\n\r\n")[0].lower() else ""
        return answer[9:12].decode() + retry

    return dict(Counter(await asyncio.gather(*(one() for _ in range(requests)))))


def resident_megabytes(pid: int) -> float:
    """Return the memory that a process holds, from Linux's /proc."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Print one line a route."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--bundle", default=str(ROOT / "models/rp_ld_il2"))
    parser.add_argument("--burst", type=int, default=2000, help="requests at the same moment")
    given = parser.parse_args()
    # every connection is a file for the service and one for this process
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with subprocess.Popen([*SERVE, "--bundle", given.bundle], stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip().rstrip("/")
        print(f"{given.clients} clients for {given.seconds:g} s; at the start {resident_megabytes(server.pid):.0f} MB")
        for path in ("/v1/score", "/v1/score?show_anyway=true"):
            times: list[list[float]] = [[] for _ in range(given.clients)]
            errors: list[str] = []
            until = time.perf_counter() + given.seconds
            threads = [threading.Thread(target=client, args=(address, path, until, own, errors)) for own in times]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            latencies = sorted(x for own in times for x in own)
            cuts = statistics.quantiles(latencies, n=100)
            print(
                f"{path:28} {len(latencies) / given.seconds:7.0f} requests/s   p50 {cuts[49] * 1e3:6.1f} ms   "
                f"p99 {cuts[98] * 1e3:6.1f} ms   errors {len(errors)}   {resident_megabytes(server.pid):.0f} MB"
            )
        start = time.perf_counter()
        found = asyncio.run(burst(address, given.burst))
        print(f"{given.burst} at once: {found} after {time.perf_counter() - start:.1f} s")
        server.terminate()


if __name__ == "__main__":
    main()
