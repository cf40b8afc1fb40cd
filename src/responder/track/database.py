"""A PostgreSQL tracking store: reached within seconds or not at all, and made by one program at a time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from responder.errors import StoreUnavailableError, UsageError
from responder.project import without_password

__all__ = ["is_database", "opening"]

CONNECT_SECONDS = 5
SECONDS_BETWEEN_TRIES = 1.0
_LOCK = 0x7265_7370  # of this program alone, among the advisory locks of the database


def is_database(uri: str) -> bool:
    """Return whether a tracking store is a database that several machines can reach.

    Examples
    --------
    >>> is_database("postgresql+psycopg://db.example/mlflow"), is_database("sqlite:///mlflow.db")
    (True, False)
    """
    scheme, separator, _ = uri.partition("://")
    return bool(separator) and not scheme.startswith(("sqlite", "http", "file", "databricks"))


@contextlib.contextmanager
def opening(uri: str, patience_seconds: float = 0.0) -> Iterator[None]:
    """Make sure that a PostgreSQL store answers, and let nobody else make its tables while the block lasts.

    MLflow itself tries for a minute and a half, and two programs that find an empty database stand in each other's way.

    Parameters
    ----------
    uri : str
        The tracking store; of any other kind nothing is asked.
    patience_seconds : float
        How long a server that does not answer is waited for, as while it starts again.

    Raises
    ------
    UsageError
        If the driver is not installed.
    StoreUnavailableError
        If the server does not answer, or lets this user not in.
    """
    if not uri.startswith("postgres"):
        yield
        return
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

    where, patience = without_password(uri), time.monotonic() + patience_seconds
    try:
        engine = sqlalchemy.create_engine(uri, connect_args={"connect_timeout": CONNECT_SECONDS})
    except ModuleNotFoundError as error:
        raise UsageError("store_without_driver", where=where, package=error.name or "") from error
    except (ArgumentError, SQLAlchemyError) as error:
        raise UsageError("store_address", where=where) from error
    try:
        while True:
            try:
                connection = engine.connect()
                break
            except OperationalError as error:
                if time.monotonic() >= patience or _is_refused(error):
                    case = "store_refuses_user" if _is_refused(error) else "store_unreachable"
                    raise StoreUnavailableError(case, where=where) from error
                time.sleep(SECONDS_BETWEEN_TRIES)
        with connection:
            connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            yield  # the lock ends with the connection
    finally:
        engine.dispose()


def _is_refused(error: Exception) -> bool:
    """Return whether the server answered, and said no: the user, the password or the database is not known."""
    told = str(error)
    return "FATAL" in told and "starting up" not in told and "shutting down" not in told
