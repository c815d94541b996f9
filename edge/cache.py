"""What was asked for lately."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class Cache:
    """Remembers the values of the keys that were used last; for any number of threads.

    Args:
        size: how many; 0 remembers nothing.
    """

    def __init__(self, size: int):
        self._size = size
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """The value of a key, or None."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Remembers a value, in place of the one that was not used for longest if there are too many."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._size:
                self._values.popitem(last=False)
