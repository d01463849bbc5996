"""The live edge: a SIP redirect server that decides each call and logs it before it answers."""

from haodun.edge.serve.bypass import set_bypass
from haodun.edge.serve.check import Finding, check, probe
from haodun.edge.serve.server import Edge, stop_on_signals
from haodun.edge.serve.settings import EdgeError, Place, Settings, listen_place
from haodun.edge.serve.standby import Standby
from haodun.edge.serve.starting import Prepared, follow, start
from haodun.edge.serve.supervising import Supervisor

__all__ = [
    "Edge",
    "EdgeError",
    "Finding",
    "Place",
    "Prepared",
    "Settings",
    "Standby",
    "Supervisor",
    "check",
    "follow",
    "listen_place",
    "probe",
    "set_bypass",
    "start",
    "stop_on_signals",
]
