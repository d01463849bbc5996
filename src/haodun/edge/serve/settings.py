"""What a live edge was asked to do: one frozen value, and the sentence for what makes no sense."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from haodun.edge.sip import Profile
from haodun.screening.verdicts import Mode
from haodun.store.lease import LEASE_S

KERNELS = ("oracle", "fast")
"""Names that `--kernel` takes."""
FRONTS = ("auto", "compiled", "plain")
"""Names that `--front` takes."""
LEASE_LEAST_S = 2.0
MOST_FRONTS = 64
_PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9.]{7,15})):([0-9]{1,5})")
_URL = re.compile(r"https?://[!-~]{1,500}")
PROFILE_OF_POLICY = {"cn": Profile.CN, "us": Profile.US, "uk": Profile.R608, "intl": Profile.R608}
"""How a policy's home refuses on the wire; ATIS-1000099 is of the United States, RFC 8688 of nobody in particular."""


class EdgeError(Exception):
    """The edge cannot be started, or asked so; the message says what, where, and what to do."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Place:
    """An address to listen on."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str, option: str) -> Place:
        """HOST:PORT with an IP address, IPv6 in brackets; EdgeError names the option."""
        found = _PLACE.fullmatch(text)
        host = (found[1] or found[2]) if found else ""
        try:
            ipaddress.ip_address(host)
        except ValueError as error:
            raise EdgeError(f"{option} {text}: write an IP address and a port, such as 127.0.0.1:5060") from error
        port = int(found[3]) if found else 0
        if port > 65_535:
            raise EdgeError(f"{option} {text}: a port is at most 65535")
        return cls(host, port)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def listen_place(text: str) -> Place:
    """The value of `--listen`: udp:HOST:PORT."""
    scheme, _, rest = text.partition(":")
    if scheme != "udp":
        raise EdgeError(f"--listen {text}: this edge speaks UDP; write udp:HOST:PORT")
    return Place.parse(rest, "--listen udp:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of `haodun edge sip`."""

    listen: Place
    policy: str = "cn"
    snapshot: Path | None = None
    trunks: Path | None = None
    mode: Mode = Mode.OBSERVE
    log: Path | None = None
    http: Place | None = None
    control: str = ""
    """Base URL of the control link, '' for none."""
    control_token: Path | None = None
    trust: Path | None = None
    """Public key of the snapshots' issuer, or a trust file with approvers and caps."""
    deadline_ms: int = 20
    fail_open: bool = True
    profile: Profile | None = None
    redress_url: str = ""
    """`{token}` in it is replaced by the redress token."""
    tip_label: str = "疑似诈骗"
    unverified_label: str = "来源未核实"
    """Of a call that shows a trusted number and does not come from where its holder calls."""
    keep_days: int = 7
    site_key: Path | None = None
    """The site's key for redress tokens; None: that of this machine's user."""
    kernel: str = "fast"
    """Which kernel counts: of `KERNELS`."""
    front: str = "auto"
    """What reads and answers datagrams: compiled code or plain Python; auto: compiled where that can be."""
    udp_segment: bool = False
    """The compiled front sends answers in a row to one address as one, padded to one length."""
    standby: bool = False
    """Follow the log of another edge, and take over when it dies or stands still."""
    fronts: int = 1
    """Processes that read and answer; with more than one, another decides for all."""
    lease_s: float = LEASE_S
    """How long an edge may stand still before its standby takes over, seconds."""

    def __post_init__(self) -> None:
        """Refuse what cannot work, before anything is opened."""
        if self.control and self.control_token is None:
            raise EdgeError("--control needs --control-token with the file that holds this edge's token")
        if self.control and self.log is None:
            raise EdgeError("--control needs --log: the last good snapshot is kept there")
        if (self.control or self.snapshot is not None) and self.trust is None:
            raise EdgeError("a snapshot needs --trust with the public key of its issuer, or a trust file")
        if self.control and _URL.fullmatch(self.control) is None:
            raise EdgeError(f"--control {self.control[:80]!r}: write http://HOST:PORT or https://HOST:PORT")
        if self.redress_url and _URL.fullmatch(self.redress_url.replace("{token}", "")) is None:
            raise EdgeError(f"--redress-url {self.redress_url[:80]!r}: write an http or https address in ASCII")
        if self.standby and self.log is None:
            raise EdgeError("a standby follows a log: give --log")
        if not 1 <= self.fronts <= MOST_FRONTS:
            raise EdgeError(f"--fronts {self.fronts}: give 1 to {MOST_FRONTS}")
        if self.fronts > 1 and self.log is None:
            raise EdgeError("--fronts needs --log: the processes of one edge know each other by its folder")
        if self.front not in FRONTS:
            raise EdgeError(f"--front {self.front}: choose {', '.join(FRONTS)}")
        if self.front == "compiled" and (self.kernel != "fast" or ":" in self.listen.host):
            raise EdgeError("--front compiled needs --kernel fast and an IPv4 address to listen on")
        if self.kernel not in KERNELS:
            raise EdgeError(f"--kernel {self.kernel}: choose {' or '.join(KERNELS)}")
        if not LEASE_LEAST_S <= self.lease_s <= 3_600:
            raise EdgeError(f"--lease-s {self.lease_s}: give {LEASE_LEAST_S:g} to 3600; the holder renews each second")
        if not 1 <= self.deadline_ms <= 10_000:
            raise EdgeError(f"--deadline-ms {self.deadline_ms}: give 1 to 10000")
        if not 1 <= self.keep_days <= 3_650:
            raise EdgeError(f"--keep-days {self.keep_days}: give 1 to 3650")

    @property
    def compiled_front(self) -> bool:
        """Whether the compiled front is to serve, on a system that has it."""
        return self.front != "plain" and self.kernel == "fast" and ":" not in self.listen.host

    def check_profile(self, profile: Profile) -> None:
        """603+ must say where to ask (ATIS-1000099, 47 CFR 64.1200(k)); EdgeError where it cannot."""
        if profile is Profile.US and not self.redress_url:
            raise EdgeError("the us profile (603+) must say where to ask: give --redress-url")
