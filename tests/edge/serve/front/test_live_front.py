"""All that is asked of an edge on real sockets is asked of one with the compiled front."""

from __future__ import annotations

from tests.edge.serve.test_live import *  # noqa: F403 - every test there, with the `options` of this folder
