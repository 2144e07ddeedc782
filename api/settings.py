"""What a server is told by its environment (LIANYIN_*) and by `lianyin serve`; see docs/reference/settings.md."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIB = 1 << 20


class Settings(BaseSettings):
    """Limits and places of one server. Each is an environment variable: LIANYIN_HOSTS, LIANYIN_COMPUTING …"""

    model_config = SettingsConfigDict(env_prefix="LIANYIN_", env_ignore_empty=True, frozen=True)

    home: Path = Field(description="the data folder; `lianyin serve` chooses it as every command does")
    own: Path | None = Field(
        default=None, description="the user's own data folder, which a desk with made-up data opens on request; unless told, the usual one"
    )
    store: str = Field(
        default="", description="address of a shared store (neo4j://host:7687); `lianyin serve --home` takes that folder's own instead"
    )
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="names, by comma, under which the server may be asked beside loopback"
    )
    embed: str = Field(
        default="", description="a sentence-transformers model (a folder, or a name that may be downloaded) instead of the built-in vectors"
    )
    computing: int = Field(default=4, ge=1, description="reads that are answered at once, beside one write")
    waiting: int = Field(default=64, ge=0, description="reads, and writes, that wait for that; the next ones get 503 and Retry-After")
    patience: float = Field(default=10.0, gt=0, description="seconds that a request waits at most")
    body_limit: int = Field(default=20 * MIB, description="largest file, in bytes")
    json_limit: int = Field(default=MIB, description="largest JSON body, in bytes")
    jobs: int = Field(default=8, ge=1, description="imports that wait at most; the next ones get 503")

    @field_validator("hosts", mode="before")
    @classmethod
    def _by_comma(cls, told: object) -> object:
        return tuple(name.strip().lower() for name in told.split(",") if name.strip()) if isinstance(told, str) else told
