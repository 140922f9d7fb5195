"""Identifiers of meter events, exact and in a few bytes beside their text, however many there are."""

from __future__ import annotations

from array import array
from itertools import accumulate, repeat
from zlib import crc32

_FEWEST_SLOTS = 8
_LARGE = 2**20
"""Slots from which on a table is only doubled when it fills."""
_LOOSE = 1_024


class Texts:
    """The identifiers that senders gave, by rank of their event: end to end in one buffer, but the newest.

    `digests` are of the texts: where they differ, the texts do.
    """

    __slots__ = ("_buffer", "_ends", "_loose", "digests")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._ends = array("Q", [0])
        self._loose: list[bytes] = []
        self.digests = array("I")

    def put(self, rank: int, text: bytes, digest: int) -> None:
        """Keep the text of an event that came after all that have one so far."""
        if skipped := rank - len(self.digests):
            self._loose.extend(repeat(b"", skipped))
            self.digests.extend(repeat(0, skipped))
        self._loose.append(text)
        self.digests.append(digest)
        if len(self._loose) >= _LOOSE:
            self._pack()

    def at(self, rank: int) -> bytes:
        """An event's text, empty where the sender gave none."""
        packed = len(self._ends) - 1
        if rank < packed:
            return bytes(self._buffer[self._ends[rank] : self._ends[rank + 1]])
        return self._loose[rank - packed] if rank < len(self.digests) else b""

    def get(self, rank: int) -> str | None:
        """An event's identifier, None where the sender gave none."""
        return self.at(rank).decode(errors="surrogatepass") or None

    def _pack(self) -> None:
        start = self._ends.pop()
        self._ends.extend(accumulate(map(len, self._loose), initial=start))
        self._buffer += b"".join(self._loose)
        self._loose = []


class Names:
    """Which event has an identifier, among those of one event name: the newest that it was given to.

    A hash table with open addressing. A slot holds an event's rank plus one, and a third of them or more are
    empty. A dict of strings takes ten times as much beside the text.

    Args:
        texts: those of all events, of whatever name.
    """

    __slots__ = ("_slots", "_texts", "_vacant")

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._clear(_FEWEST_SLOTS)

    def find(self, identifier: str) -> int | None:
        """The rank of the event that has it."""
        text = _encoded(identifier)
        found = self._slots[self._slot(text, crc32(text))]
        return found - 1 if found else None

    def claim(self, identifier: str, rank: int) -> bool:
        """Give it to the newest event, unless an event has it; whether none had."""
        text = _encoded(identifier)
        digest = crc32(text)
        slots = self._slots
        slot = digest & (len(slots) - 1)
        if slots[slot]:  # more often than not it is free
            slot = self._slot(text, digest)
            if slots[slot]:
                return False
        self._texts.put(rank, text, digest)
        slots[slot] = rank + 1
        self._vacant -= 1
        if not self._vacant:
            self._grow()
        return True

    def give(self, identifier: str, rank: int) -> None:
        """Give it to the newest event, whichever had it."""
        if not self.claim(identifier, rank):
            text = _encoded(identifier)
            digest = crc32(text)
            self._texts.put(rank, text, digest)
            self._slots[self._slot(text, digest)] = rank + 1

    def _slot(self, text: bytes, digest: int) -> int:
        """Where the event with this text stands, or would."""
        slots, digests = self._slots, self._texts.digests
        last = len(slots) - 1
        slot = digest & last
        while taken := slots[slot]:
            if digests[taken - 1] == digest and self._texts.at(taken - 1) == text:
                break
            slot = (slot + 1) & last
        return slot

    def _clear(self, slots: int) -> None:
        self._slots = array("I", bytes(4 * slots))
        self._vacant = 2 * slots // 3

    def _grow(self) -> None:
        standing, digests = self._slots, self._texts.digests
        self._clear((4 if len(standing) < _LARGE else 2) * len(standing))
        slots, last = self._slots, len(self._slots) - 1
        for taken in standing:
            if taken:
                slot = digests[taken - 1] & last
                while slots[slot]:
                    slot = (slot + 1) & last
                slots[slot] = taken
                self._vacant -= 1


def _encoded(identifier: str) -> bytes:
    try:
        return identifier.encode()
    except UnicodeEncodeError:  # JSON can hold half a character
        return identifier.encode(errors="surrogatepass")
