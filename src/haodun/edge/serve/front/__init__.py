"""The compiled front: many datagrams a system call, canonical INVITEs read and answered without Python."""

from haodun.edge.serve.front.asking_by_batch import AskingFront
from haodun.edge.serve.front.batch import CallBatch
from haodun.edge.serve.front.front import Front, Turned
from haodun.edge.serve.front.system import is_here
from haodun.edge.serve.front.turning import Moment, Turner

__all__ = ["AskingFront", "CallBatch", "Front", "Moment", "Turned", "Turner", "is_here"]
