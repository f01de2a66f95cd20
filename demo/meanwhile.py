"""Two things at the same time."""

from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def meanwhile(work: Callable[[], T]) -> Generator[Future[T]]:
    """Run `work` in a thread while the block runs, and wait for its end; raise what either of them raises.

    An interrupt of the block is not held up: the thread ends with the process.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 (raised again where the result is asked for)
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        yield future
    except Exception:
        future.exception()
        raise
    future.result()
