"""A PostgreSQL server in a folder of its own, as a user who may run one; it can be stopped and started again."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

PASSWORD = "only-for-tests"


def programs():
    """Return the folder of ``initdb`` and ``pg_ctl``, or None where PostgreSQL is not installed."""
    found = [str(path.parent) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))]
    on_path = shutil.which("pg_ctl")
    return Path(found[-1] if found else on_path and Path(on_path).parent) if found or on_path else None


class PostgresServer:
    """A server on a free port of 127.0.0.1, with one user, ``responder``, who needs a password."""

    def __init__(self):
        self.bin = programs()
        self.folder = Path(tempfile.mkdtemp(prefix="responder-postgres-"))
        # the server refuses to be root
        self.user = "nobody" if os.getuid() == 0 else None
        if self.user:
            import pwd  # not on Windows

            owner = pwd.getpwnam(self.user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self.run("initdb", "--auth=scram-sha-256", "--username=responder", f"--pwfile={password}", "--no-sync")
        self.start()

    @property
    def uri(self):
        return f"postgresql+psycopg://responder:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def run(self, program, *arguments):
        command = [str(self.bin / program), "-D", str(self.folder / "data"), *arguments]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        null = subprocess.DEVNULL
        subprocess.run(command, user=self.user, cwd="/", env=environment, check=True, stdout=null, stderr=null)

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self.run("pg_ctl", "-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self):
        self.run("pg_ctl", "-w", "-m", "fast", "stop")

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder)
