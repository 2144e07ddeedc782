"""A real Neo4j Community server on loopback, started from Maven artifacts: for tests and benches, never shipped.

The jars stay in Maven's own folder; the resolved class path and the compiled launcher are kept in the user's cache, so that a second run
starts without Maven and without a network. A server stops with the process that started it, however that one ends.
"""

import hashlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import platformdirs

HERE = Path(__file__).parent
LAUNCHER = HERE / "TestServer.java"
CACHE = platformdirs.user_cache_path("lianyin") / "neo4j-tests"
PLACES = (("/usr/lib/jvm", "*"), ("/Library/Java/JavaVirtualMachines", "*/Contents/Home"), ("C:/Program Files/Eclipse Adoptium", "*"))
USER = "neo4j"
PATIENCE = 120.0
"""Seconds that a start may take on a busy machine (9 on a quiet one)."""


class NoServer(RuntimeError):
    """This machine cannot run that version; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of the server and the Java versions that it runs on."""

    version: str
    oldest: int
    newest: int


LTS = Edition("5.26.25", 17, 21)
CURRENT = Edition("2026.07.1", 21, 25)


# ---- what a server is started with


def java_homes() -> Iterator[Path]:
    """The places of a JDK here, JAVA_HOME first."""
    told = os.environ.get("JAVA_HOME")
    if told:
        yield Path(told)
    for folder, inside in PLACES:
        yield from sorted(Path(folder).glob(inside))
    found = shutil.which("javac")
    if found:
        yield Path(found).resolve().parents[1]


def java_version(home: Path) -> int:
    """The major version of a JDK, by its own `release` file; 0 where there is none (or only a runtime without a compiler)."""
    release = home / "release"
    if not (release.is_file() and shutil.which("javac", path=str(home / "bin"))):
        return 0
    told = re.search(r'^JAVA_VERSION="(\d+)', release.read_text("utf-8"), re.MULTILINE)
    return int(told.group(1)) if told else 0


def jdk(edition: Edition) -> tuple[Path, int]:
    """The newest JDK that the edition runs on, and its version; JAVA_HOME where it fits. Raises NoServer."""
    fitting = [(home, version) for home in java_homes() if edition.oldest <= (version := java_version(home)) <= edition.newest]
    if not fitting:
        raise NoServer(f"Neo4j {edition.version} needs a JDK {edition.oldest} to {edition.newest}")
    told = [one for one in fitting if str(one[0]) == os.environ.get("JAVA_HOME")]
    return (told or [max(fitting, key=lambda one: one[1])])[0]


def class_path(edition: Edition) -> str:
    """The server's jars, as Maven resolves them; remembered while all of them are there. Raises NoServer."""
    pom = (HERE / "pom.xml").read_bytes()
    kept = CACHE / f"{edition.version}-{hashlib.sha256(pom).hexdigest()[:12]}.classpath"
    known = kept.read_text("utf-8") if kept.exists() else ""
    if known and all(Path(jar).exists() for jar in known.split(os.pathsep)):
        return known
    maven = shutil.which("mvn")
    if maven is None:
        raise NoServer(f"Neo4j {edition.version} needs Maven to bring its jars")
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_suffix(f".{os.getpid()}")
    told = [f"-Dserver.version={edition.version}", f"-Dmdep.outputFile={fresh}", "-Dmdep.includeScope=runtime"]
    called = [maven, "-q", "-B", "-f", HERE / "pom.xml", *told, "dependency:build-classpath"]
    done = subprocess.run(called, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoServer(f"Maven did not bring the jars of Neo4j {edition.version}: {(done.stdout + done.stderr)[-600:]}")
    fresh.replace(kept)
    return kept.read_text("utf-8")


def launcher(edition: Edition, home: Path, jars: str) -> Path:
    """The folder of the compiled launcher."""
    told = hashlib.sha256(LAUNCHER.read_bytes() + jars.encode()).hexdigest()[:12]
    kept = CACHE / f"{edition.version}-{told}"
    if not kept.exists():
        fresh = kept.with_suffix(f".{os.getpid()}")
        subprocess.run([home / "bin" / "javac", "--release", "17", "-cp", jars, "-d", fresh, LAUNCHER], check=True, capture_output=True)
        try:
            fresh.rename(kept)
        except OSError:  # another run was faster
            shutil.rmtree(fresh)
    return kept


def command(edition: Edition, heap: str) -> list[str]:
    """How Java is called, up to the launcher's own arguments. Raises NoServer."""
    home, version = jdk(edition)
    jars = class_path(edition)
    opened = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
    flags = [f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Dlog4j2.disable.jmx=true"]
    flags += [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in opened]
    flags += ["--enable-native-access=ALL-UNNAMED"] if version >= 21 else []
    flags += ["--sun-misc-unsafe-memory-access=allow"] if version >= 24 else []
    return [str(home / "bin" / "java"), *flags, "-cp", os.pathsep.join((str(launcher(edition, home, jars)), jars)), "TestServer"]


# ---- a server


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@dataclass
class Server:
    """A server on a port and a folder of its own; it can be killed and started again on both."""

    edition: Edition
    folder: Path
    heap: str = "384m"
    settings: Mapping[str, str] = field(default_factory=dict)
    password: str = field(default_factory=lambda: secrets.token_hex(12))
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[str] | None" = None

    @property
    def address(self) -> str:
        """Where it listens, without credentials."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def auth(self) -> tuple[str, str]:
        """User and password, as the driver takes them."""
        return USER, self.password

    def start(self) -> Self:
        """Starts without waiting (`ready` waits), on the data that is there. Raises NoServer."""
        called = command(self.edition, self.heap)
        fresh = not self.folder.exists()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._told.unlink(missing_ok=True)
        conf = self.folder / "neo4j.conf"
        conf.write_text("".join(f"{key}={value}\n" for key, value in {**self._defaults(), **self.settings}.items()), "utf-8")
        with (self.folder / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [*called, str(self.folder), str(conf), str(self._told)],
                stdin=subprocess.PIPE, stdout=log, stderr=log, text=True, start_new_session=True,
            )  # fmt: skip
        assert self.process.stdin is not None
        self.process.stdin.write((self.password if fresh else "") + "\n")
        self.process.stdin.flush()
        return self

    @property
    def _told(self) -> Path:
        return self.folder / "ready"

    def _defaults(self) -> dict[str, str]:
        return {
            "server.bolt.enabled": "true",
            "server.bolt.listen_address": f"127.0.0.1:{self.port}",
            "server.bolt.advertised_address": f"127.0.0.1:{self.port}",
            "dbms.security.auth_enabled": "true",
            "dbms.usage_report.enabled": "false",
            "server.memory.pagecache.size": "64m",
            # as it stands, a file of 256 MB would be made and filled for each database of each start
            "db.tx_log.rotation.size": "16m",
            "db.tx_log.preallocate": "false",
        }

    def ready(self) -> Self:
        """Waits until it answers. Raises RuntimeError with the end of its log."""
        late = time.monotonic() + PATIENCE
        while not self._told.exists():
            if self.process is None or self.process.poll() is not None or time.monotonic() > late:
                self.kill()
                raise RuntimeError(f"Neo4j {self.edition.version} did not start: {(self.folder / 'server.log').read_text('utf-8')[-2000:]}")
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """Ends it as a loss of power does (kill -9)."""
        if self.process is not None:
            self.process.kill()
            self._ended()

    def stop(self) -> None:
        """Ends it in its own time."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
            self._ended()

    def _ended(self) -> None:
        assert self.process is not None
        self.process.wait(PATIENCE)
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        self.process = None

    def clear(self, *, schema: bool = False) -> None:
        """Takes out every node: the next test begins with nothing. With `schema` also constraints and indexes, which take seconds."""
        from neo4j import GraphDatabase  # an extra: the tests' common ground stands without it

        with GraphDatabase.driver(self.address, auth=self.auth) as driver, driver.session(database="neo4j") as session:
            # parts are of a megabyte each: a thousand of them in one transaction are more memory than it may have
            session.run("MATCH (part:Part) CALL (part) { DELETE part } IN TRANSACTIONS OF 50 ROWS").consume()
            session.run("MATCH (any) CALL (any) { DETACH DELETE any } IN TRANSACTIONS OF 1000 ROWS").consume()
            if not schema:
                return
            for name in [record["name"] for record in session.run("SHOW CONSTRAINTS YIELD name")]:
                session.run(f"DROP CONSTRAINT `{name}`").consume()
            for name in [record["name"] for record in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'")]:
                session.run(f"DROP INDEX `{name}`").consume()
