"""Zip archives of documents."""

import copy
import io
import zipfile
import zlib
from collections.abc import Mapping

from edge.errors import UserError

# Of an archive: what is larger does not fit the memory of a small machine, and may be made to fill it.
MAX_MEMBERS = 10_000
MAX_UNPACKED = 300_000_000
# Bytes when unpacked per byte of the archive, for those with more than `SMALL`: a few kilobytes keep no machine busy.
MAX_RATIO = 200
SMALL = 1_000_000
# Of the members that are read as text or as a tree, which takes several times as much memory.
MAX_READ = 50_000_000

_ENCRYPTED = 1
# Documents have no others, whose decoders also reserve as much memory as the archive says.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


class Archive:
    """A zip archive in memory.

    Args:
        data: the archive.
        name: what messages call it.

    Attributes:
        names: of its members.

    Raises:
        UserError: it is no zip archive, or it is damaged, encrypted or too large when unpacked.
    """

    def __init__(self, data: bytes, name: str):
        self.name = name
        self._read = 0
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self._check(len(data))
            # Reads no more of a member than the size that it is said to have.
            damaged = self._archive.testzip()
        except _DAMAGE as error:
            raise UserError(
                f"{name}: is damaged, encrypted or of an older format: it is no zip archive that can be read ({error})"
            ) from error
        if damaged:
            raise UserError(f"{name}: is damaged: {damaged!r} has other bytes than it should; copy it again")
        self.names = self._archive.namelist()

    def _check(self, packed: int) -> None:
        members = self._archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise UserError(f"{self.name}: has {len(members)} members, more than {MAX_MEMBERS}")
        size = sum(member.file_size for member in members)
        if size > MAX_UNPACKED:
            raise UserError(f"{self.name}: has {size} bytes when unpacked, more than {MAX_UNPACKED}; split it")
        if size > max(MAX_RATIO * packed, SMALL):
            raise UserError(
                f"{self.name}: has {size} bytes when unpacked, more than {MAX_RATIO} times its size; split it"
            )
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise UserError(f"{self.name}: is encrypted; save it without a password")
        if any(member.compress_type not in _METHODS for member in members):
            raise UserError(f"{self.name}: is compressed in a way that documents are not; save it again")

    def read(self, member: str) -> bytes:
        """Return a member.

        Raises:
            UserError: there is none of this name, or too much was read.
        """
        try:
            size = self._archive.getinfo(member).file_size
        except KeyError as error:
            raise UserError(f"{self.name}: is damaged: it has no {member}") from error
        self._read += size
        if self._read > MAX_READ:
            raise UserError(f"{self.name}: has more than {MAX_READ} bytes of text when unpacked; split it")
        return self._archive.read(member)

    def write(self, members: Mapping[str, bytes]) -> bytes:
        """Return the archive with other bytes in some members; their order, and all else, is as it was."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as written:
            written.comment = self._archive.comment
            for member in self._archive.infolist():
                data = members.get(member.filename)
                # A copy: writing changes it.
                written.writestr(copy.copy(member), self._archive.read(member) if data is None else data)
        return stream.getvalue()
