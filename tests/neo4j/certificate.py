"""A certificate for loopback, made on the spot, and what a server needs to take TLS beside plain connections."""

import shutil
import subprocess
from pathlib import Path

from tests.neo4j.server import NoServer


def made(folder: Path) -> dict[str, str]:
    """Writes `private.key` and `public.crt` (itself the authority to trust) and returns the server's settings. Raises NoServer."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise NoServer("a certificate needs openssl")
    folder.mkdir(parents=True)
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    asked = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    files = ["-keyout", folder / "private.key", "-out", folder / "public.crt"]
    subprocess.run([openssl, "req", *asked, *files], check=True, capture_output=True)
    return {
        "server.bolt.tls_level": "OPTIONAL",
        "dbms.ssl.policy.bolt.enabled": "true",
        "dbms.ssl.policy.bolt.base_directory": str(folder),
        "dbms.ssl.policy.bolt.client_auth": "NONE",
    }
