"""The compiled front: many datagrams a system call, canonical INVITEs read and answered without Python."""

from haodun.edge.serve.front.batch import CallBatch
from haodun.edge.serve.front.front import Front, Turned
from haodun.edge.serve.front.judging import Verdicts
from haodun.edge.serve.front.system import is_here

__all__ = ["CallBatch", "Front", "Turned", "Verdicts", "is_here"]
