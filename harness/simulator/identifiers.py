"""Identifiers of meter events, exact and in a few bytes beside their text, however many there are."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import accumulate, repeat
from zlib import crc32

FEW = 65_536
_LARGE = 2**20
"""Slots from which on a table is only doubled when it fills."""
_LOOSE = 1_024


class Texts:
    """The identifiers that senders gave, by rank of their event: end to end in one buffer, but the newest.

    `digests` are of the texts, once they stand in a table: where they differ, the texts do.
    """

    __slots__ = ("_buffer", "_ends", "_loose", "digests")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._ends = array("Q", [0])
        self._loose: list[str] = []
        self.digests = array("I")

    def put(self, rank: int, text: str, digest: int = 0) -> None:
        """Keep the text of an event that came after all that have one so far."""
        if skipped := rank - len(self.digests):
            self._loose.extend(repeat("", skipped))
            self.digests.extend(repeat(0, skipped))
        self._loose.append(text)
        self.digests.append(digest)
        if len(self._loose) >= _LOOSE:
            self._pack()

    def at(self, rank: int) -> str:
        """An event's text, empty where the sender gave none."""
        packed = len(self._ends) - 1
        if rank < packed:
            return self._buffer[self._ends[rank] : self._ends[rank + 1]].decode(errors="surrogatepass")
        return self._loose[rank - packed] if rank < len(self.digests) else ""

    def _pack(self) -> None:
        packed = list(map(_encoded, self._loose))
        self._ends.extend(accumulate(map(len, packed), initial=self._ends.pop()))
        self._buffer += b"".join(packed)
        self._loose = []


class Names:
    """Which event has an identifier, among those of one event name: the newest that it was given to.

    A dict while they are few. That takes some 130 bytes for each beside the text, so from then on it's a hash
    table with open addressing, slower and ten times smaller: a slot holds an event's rank plus one, and a
    third of them or more are empty.

    Args:
        texts: those of all events, of whatever name.
        few: how many a dict is for.
    """

    __slots__ = ("_few", "_room", "_slots", "_texts")

    def __init__(self, texts: Texts, few: int = FEW) -> None:
        self._texts = texts
        self._few: dict[str, int] | None = {}
        self._room = few
        self._slots = array("I")

    def find(self, identifier: str) -> int | None:
        """The rank of the event that has it."""
        if self._few is not None:
            return self._few.get(identifier)
        found = self._slots[self._slot(identifier, _digest(identifier))]
        return found - 1 if found else None

    def claim(self, identifier: str, rank: int) -> bool:
        """Give it to the newest event, unless an event has it; whether none had."""
        if self._few is not None:
            if self._few.setdefault(identifier, rank) != rank:
                return False
            self._texts.put(rank, identifier)
        elif not self._claim_slot(identifier, rank):
            return False
        self._room -= 1
        if not self._room:
            self._grow()
        return True

    def give(self, identifier: str, rank: int) -> None:
        """Give it to the newest event, whichever had it."""
        if self.claim(identifier, rank):
            return
        digest = 0
        if self._few is not None:
            self._few[identifier] = rank
        else:
            digest = _digest(identifier)
            self._slots[self._slot(identifier, digest)] = rank + 1
        self._texts.put(rank, identifier, digest)

    def _claim_slot(self, identifier: str, rank: int) -> bool:
        digest, slots = _digest(identifier), self._slots
        slot = digest & (len(slots) - 1)
        if slots[slot]:  # more often than not it is free
            slot = self._slot(identifier, digest)
            if slots[slot]:
                return False
        self._texts.put(rank, identifier, digest)
        slots[slot] = rank + 1
        return True

    def _slot(self, identifier: str, digest: int) -> int:
        """Where the event with this identifier stands, or would."""
        slots, digests = self._slots, self._texts.digests
        last = len(slots) - 1
        slot = digest & last
        while taken := slots[slot]:
            if digests[taken - 1] == digest and self._texts.at(taken - 1) == identifier:
                break
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        if self._few is None:
            size = len(self._slots) * (4 if len(self._slots) < _LARGE else 2)
            self._fill(size, filter(None, self._slots))
            return
        for identifier, rank in self._few.items():
            self._texts.digests[rank] = _digest(identifier)
        ranks = [rank + 1 for rank in self._few.values()]
        self._few = None
        self._fill(2 << len(ranks).bit_length(), ranks)

    def _fill(self, size: int, standing: Iterable[int]) -> None:
        """A table of this size, a power of two, of what stood elsewhere."""
        slots, digests, last = array("I", bytes(4 * size)), self._texts.digests, size - 1
        self._slots, self._room = slots, 2 * size // 3
        for taken in standing:
            slot = digests[taken - 1] & last
            while slots[slot]:
                slot = (slot + 1) & last
            slots[slot] = taken
            self._room -= 1


def _digest(identifier: str) -> int:
    return crc32(_encoded(identifier))


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # JSON can hold half a character
        return text.encode(errors="surrogatepass")
