"""This site's key for redress tokens: made once, kept apart from every run."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from haodun.store.errors import StoreError

SITE_KEY_BYTES = 32


def site_key(path: Path | None = None) -> bytes:
    """The 32-byte key at `path`, or in the user's data folder; made with mode 0600 where there is none.

    StoreError where the file is not 32 bytes long. Without `path`: `$HAODUN_DATA/keys/site.key` where an installation's
    data folder is named, so that its console knows the tokens that its edges give; else `haodun/site.key` in
    `$HAODUN_HOME`, `$XDG_DATA_HOME` or `~/.local/share`.
    """
    if path is None and os.environ.get("HAODUN_DATA") and not os.environ.get("HAODUN_HOME"):
        path = Path(os.environ["HAODUN_DATA"]) / "keys" / "site.key"
    if path is None:
        home = os.environ.get("HAODUN_HOME") or os.environ.get("XDG_DATA_HOME") or "~/.local/share"
        path = Path(home).expanduser() / "haodun" / "site.key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != SITE_KEY_BYTES:
            raise StoreError(f"{path} is damaged; put the site's key back, or remove it to make a new one") from None
        return key
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(SITE_KEY_BYTES)
        file.write(key)
    return key
