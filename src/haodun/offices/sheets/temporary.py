"""A file that lies in memory while it is small and on disk when it is not, and is gone with its last user."""

from __future__ import annotations

import tempfile


class Temporary(tempfile.SpooledTemporaryFile[bytes]):
    """Closed when nobody holds it any more, without the warning of its parent: whoever is given one may just let go."""

    def __del__(self) -> None:
        """Close it, which deletes it."""
        self.close()
