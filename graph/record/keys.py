"""The key, the head and the list of the erased: what lies beside a store and outside its data folder.

`<user config>/lianyin/<store uuid>/{key,head,erased}`, mode 0600; LIANYIN_KEYS overrides the folder above the uuid. SQLite opens
happily after a damaged or deleted WAL and has then lost acknowledged changes without a word; the head file tells.
"""

import hashlib
import json
import os
import secrets
import stat
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.record.errors import Forbidden, InvalidData, StoreUnavailable


def keys_folder() -> Path:
    """The folder that holds one folder a store."""
    if given := os.environ.get("LIANYIN_KEYS"):
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_config_dir("lianyin", appauthor=False))


def write_private(path: Path, data: bytes) -> None:
    """Writes a file for this user alone, whole or not at all, and durably."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if os.name == "nt":
            _only_me(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _only_me(path: Path) -> None:
    user = os.environ.get("USERNAME", "")
    subprocess.run(["icacls", str(path), "/inheritance:r", "/grant:r", f"{user}:F"], check=True, capture_output=True)


@dataclass(frozen=True, slots=True)
class Keys:
    """One store's folder of secrets."""

    folder: Path

    @classmethod
    def of(cls, uuid: str) -> "Keys":
        """The keys of the store with that uuid."""
        return cls(keys_folder() / uuid)

    def make(self, key: bytes | None = None) -> bytes:
        """Makes the folder and the key (32 random bytes unless given) where there is none, and returns the key."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / "key"
        if not path.exists():
            fresh = self.folder / f".fresh.{os.getpid()}.{secrets.token_hex(4)}"
            write_private(fresh, (key or secrets.token_bytes(32)).hex().encode() + b"\n")
            try:
                os.link(fresh, path)  # the first of several processes wins: a key that was replaced would lock its store for good
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return self.key()

    def key(self) -> bytes:
        """The 32 bytes. Raises Forbidden `key_missing`, `key_exposed` or `key_damaged`."""
        path = self.folder / "key"
        try:
            mode = path.stat().st_mode
            text = path.read_text("ascii").strip()
        except FileNotFoundError as error:
            raise Forbidden("key_missing", place={"file": str(path)}) from error
        except (OSError, UnicodeDecodeError) as error:
            raise Forbidden("key_damaged", place={"file": str(path)}) from error
        if os.name != "nt" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Forbidden("key_exposed", place={"file": str(path)}, mode=oct(mode & 0o777))
        try:
            key = bytes.fromhex(text)
        except ValueError as error:
            raise Forbidden("key_damaged", place={"file": str(path)}) from error
        if len(key) != 32:
            raise Forbidden("key_damaged", place={"file": str(path)})
        return key

    def heads(self) -> dict[str, tuple[int, bytes]]:
        """The last written version and digest of every log."""
        path = self.folder / "head"
        try:
            table = json.loads(path.read_text("ascii"))
            return {log: (int(number), bytes.fromhex(digest)) for log, (number, digest) in table.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError, UnicodeDecodeError) as error:
            raise StoreUnavailable("head_damaged", place={"file": str(path)}) from error

    def write_heads(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        """Writes every log's head, after the commit that made it."""
        table = {log: [number, digest.hex()] for log, (number, digest) in heads.items()}
        write_private(self.folder / "head", json.dumps(table, sort_keys=True).encode())

    def erased(self) -> set[str]:
        """The tokens of everything erased from this store, as hex."""
        try:
            return set((self.folder / "erased").read_text("ascii").split())
        except FileNotFoundError:
            return set()

    def write_erased(self, tokens: Iterable[str]) -> None:
        """Writes the list of tokens; what the file already holds stays."""
        write_private(self.folder / "erased", "\n".join(sorted(self.erased() | set(tokens))).encode())

    def recovery(self, uuid: str) -> dict[str, Any]:
        """The recovery sheet: key, heads and erasure list, to be kept apart from the machine."""
        heads = {log: [number, digest.hex()] for log, (number, digest) in self.heads().items()}
        return {"store": uuid, "key": self.key().hex(), "heads": heads, "erased": sorted(self.erased())}

    def recover(self, sheet: Mapping[str, Any]) -> None:
        """Puts back what a recovery sheet holds. Raises InvalidData `recovery_unreadable`."""
        try:
            key, erased = bytes.fromhex(sheet["key"]), [str(token) for token in sheet["erased"]]
        except (KeyError, ValueError, TypeError) as error:
            raise InvalidData("recovery_unreadable") from error
        self.make(key)
        self.write_erased(erased)


def shared_key() -> bytes:
    """The 32 bytes that all machines of a shared store have: LIANYIN_KEY (64 hex digits) or the file that LIANYIN_KEY_FILE names.

    Raises Forbidden `shared_key_missing`, `key_damaged`.
    """
    file = os.environ.get("LIANYIN_KEY_FILE", "")
    try:
        text = os.environ.get("LIANYIN_KEY", "") or (Path(file).read_text("ascii") if file else "")
        key = bytes.fromhex(text.strip())
    except (OSError, ValueError):
        raise Forbidden("key_damaged", place={"file": file or "LIANYIN_KEY"}) from None
    if not text:
        raise Forbidden("shared_key_missing")
    if len(key) != 32:
        raise Forbidden("key_damaged", place={"file": file or "LIANYIN_KEY"})
    return key


def token(key: bytes, *parts: str) -> str:
    """A keyed hash (blake2b-128, hex) of what may not come back: the list names nobody without the key."""
    return hashlib.blake2b("\0".join(parts).encode(), key=key, digest_size=16).hexdigest()
