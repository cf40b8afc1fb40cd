"""One seam for everything that is a list of independent pieces.

A function is mapped over chunks that hold indices and seeds; what they index (tables, pipelines, labelings) is handed
to every worker once. Results come back in order and never depend on who computed them, or how often it had to be
tried.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager, closing
from typing import Any, ClassVar, Protocol, TypeVar

from responder.errors import ResponderError
from responder.words import Phrase

__all__ = ["IN_PROCESS", "ExecutorWorkers", "InProcess", "KeptChunks", "Submit", "Workers", "WorkersLostError"]

SharedT = TypeVar("SharedT")
ChunkT = TypeVar("ChunkT")
FoundT = TypeVar("FoundT")

Submit = Callable[[Callable[[Any, Any], Any], Any], "Future[Any]"]
"""Hands out one chunk: the function and the chunk; the shared data are there already."""

WAITING_FOR_EACH = 4
"""Chunks handed out ahead for each worker: enough that none is idle, few enough that memory stays bounded."""

LOOK_AGAIN_SECONDS = 5.0
MOST_LOSSES = 5
"""How often workers may be lost, in one map, before it is given up: a chunk that kills whoever takes it never ends."""


class WorkersLostError(ResponderError):
    """Nobody is left to work: a scheduler that cannot be reached, or processes that end again and again."""

    kind = "workers_lost"
    exit_code = 8


class KeptChunks(Protocol[FoundT]):
    """Results of chunks that outlive the process, so that an interrupted run can go on."""

    def get(self, chunk: int, /) -> FoundT | None:
        """Return what was found for a chunk; None where nothing is kept."""
        ...

    def put(self, chunk: int, found: FoundT, /) -> None:
        """Keep what was found."""
        ...


class Workers(ABC):
    """Whoever the work is shared out to."""

    @property
    @abstractmethod
    def about(self) -> Phrase | None:
        """Who they are, as a person wants to be told; None where there is nothing to tell."""

    @property
    def nearby(self) -> Workers:
        """Whoever of them is on this machine, for what takes little and knows patients by their ids."""
        return self

    @abstractmethod
    def _finish(
        self, function: Callable[[Any, Any], Any], shared: Any, chunks: Sequence[Any], todo: Sequence[int]
    ) -> Iterator[tuple[int, Any]]:
        """Yield the number and the result of chunks as they are finished, in any order."""

    def map(
        self,
        function: Callable[[SharedT, ChunkT], FoundT],
        shared: SharedT,
        chunks: Sequence[ChunkT],
        *,
        kept: KeptChunks[FoundT] | None = None,
    ) -> Iterator[FoundT]:
        """Yield ``function(shared, chunk)`` for every chunk, in order.

        Parameters
        ----------
        function : callable
            Of a module, so that another process can import it. It must not depend on anything but its arguments.
        shared : object
            What all chunks need; it is handed to every worker once.
        chunks : sequence
            Indices, ranges or seeds; never tables. One alone is computed in this process.
        kept : KeptChunks, optional
            Results known from an interrupted run are not computed again, and every result is kept when it is there.

        Raises
        ------
        WorkersLostError
            If nobody is left who could finish.

        Examples
        --------
        >>> cubes = [1, 8, 27]
        >>> list(IN_PROCESS.map(lambda numbers, chunk: sum(numbers[i] for i in chunk), cubes, [range(2), range(2, 3)]))
        [9, 27]
        """
        found: dict[int, FoundT] = {}
        todo = []
        for number in range(len(chunks)):
            known = None if kept is None else kept.get(number)
            if known is None:
                todo.append(number)
            else:
                found[number] = known
        finish = _here if len(todo) == 1 else self._finish
        with closing(finish(function, shared, chunks, todo)) as finished:  # type: ignore[type-var]
            for number in range(len(chunks)):
                while number not in found:
                    other, result = next(finished)
                    if kept is not None:
                        kept.put(other, result)
                    found[other] = result
                yield found.pop(number)


class InProcess(Workers):
    """Nobody else: one chunk after another in this process."""

    @property
    def about(self) -> None:
        """Nothing to tell."""
        return

    def _finish(
        self, function: Callable[[Any, Any], Any], shared: Any, chunks: Sequence[Any], todo: Sequence[int]
    ) -> Iterator[tuple[int, Any]]:
        return _here(function, shared, chunks, todo)


IN_PROCESS = InProcess()


class ExecutorWorkers(Workers):
    """Workers behind a `concurrent.futures.Executor`; whoever is lost is replaced, and only what was lost is repeated.

    Attributes
    ----------
    losses : tuple of exception types
        What a chunk raises that was lost with its worker, and not computed.
    """

    losses: ClassVar[tuple[type[BaseException], ...]]

    @property
    @abstractmethod
    def count(self) -> int:
        """How many chunks are worked on at once."""

    @abstractmethod
    def _opened(self, function: Callable[[Any, Any], Any], shared: Any) -> AbstractContextManager[Submit]:
        """Hand the shared data to everybody, and give what hands out chunks."""

    @abstractmethod
    def _given_up(self) -> WorkersLostError:
        """Return what is said when too many were lost."""

    def _look(self) -> None:
        """Look after the workers when nothing was finished for a while; raise where nobody works any more."""

    def _finish(
        self, function: Callable[[Any, Any], Any], shared: Any, chunks: Sequence[Any], todo: Sequence[int]
    ) -> Iterator[tuple[int, Any]]:
        left, lost = deque(todo), 0
        while left:
            if lost > MOST_LOSSES:
                raise self._given_up()
            with self._opened(function, shared) as submit:
                yield from self._until_lost(submit, function, chunks, left)
            lost += 1

    def _until_lost(
        self, submit: Submit, function: Callable[[Any, Any], Any], chunks: Sequence[Any], left: deque[int]
    ) -> Iterator[tuple[int, Any]]:
        """Yield what is finished until all is, or a worker is lost; then `left` holds what was not finished."""
        flying: dict[Future[Any], int] = {}
        all_here = True
        while all_here and (left or flying):
            try:
                while left and len(flying) < WAITING_FOR_EACH * max(1, self.count):
                    flying[submit(function, chunks[left[0]])] = left[0]
                    left.popleft()
            except self.losses:
                break
            done, _ = wait(flying, timeout=LOOK_AGAIN_SECONDS, return_when=FIRST_COMPLETED)
            if not done:
                self._look()
            for future in sorted(done, key=flying.__getitem__):
                try:
                    result = future.result()
                except self.losses:
                    all_here = False
                else:
                    yield flying.pop(future), result
        # in the order of the chunks, what was lost before what was not handed out yet
        left.extendleft(sorted(flying.values(), reverse=True))


def _here(
    function: Callable[[Any, Any], Any], shared: Any, chunks: Sequence[Any], todo: Sequence[int]
) -> Iterator[tuple[int, Any]]:
    for number in todo:
        yield number, function(shared, chunks[number])
