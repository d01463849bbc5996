"""The edge's kernel where it must be compiled first, and where it cannot be compiled at all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from tests.edge.serve.edges import Trunk, request, status

from haodun.cli.progress import compiling_said
from haodun.screening.events.fingerprint import fingerprint, key_words, plain_fingerprint

HAODUN = "from haodun.cli.main import main; main()"
WITHOUT_NUMBA = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numba", "llvmlite"):
            raise ImportError(f"no wheel of {name} for this system")
sys.meta_path.insert(0, Finder())
from haodun.cli.main import main
main()
"""


def without_numba(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HAODUN_HOME": str(home)}
    command = [sys.executable, "-c", WITHOUT_NUMBA, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def test_where_numba_cannot_be_loaded_one_sentence_names_the_plain_kernel(tmp_path: Path) -> None:
    refused = without_numba("edge", "sip", "--listen", "udp:127.0.0.1:0", home=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == (
        "haodun: --kernel fast: numba cannot be loaded here (no wheel of numba for this system); "
        "install numba, or give --kernel oracle\n"
    )
    checked = without_numba("edge", "check", "--listen", "udp:127.0.0.1:0", home=tmp_path)
    assert checked.returncode == 3 and "FAIL  --kernel fast: numba cannot be loaded" in checked.stdout
    checked = without_numba("edge", "check", "--listen", "udp:127.0.0.1:0", "--kernel", "oracle", home=tmp_path)
    assert checked.returncode == 0, checked.stdout


def test_without_numba_the_plain_kernel_serves(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_NUMBA, "edge", "sip", "--listen", "udp:127.0.0.1:0"]
    command += ["--kernel", "oracle", "--deadline-ms", "5000", "--log", str(tmp_path / "log")]
    environment = os.environ | {"HAODUN_HOME": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as edge:
        try:
            assert edge.stdout is not None
            found = re.search("listening on udp ([0-9]+)", edge.stdout.readline())
            assert found is not None
            trunk = Trunk(int(found[1]), "127.0.0.1")
            with trunk.socket:
                invite = request("+8613912345678")
                answer = trunk.ask(invite)
                assert status(answer) == 302
                assert trunk.ask(invite) == answer
            edge.terminate()
            assert edge.wait(timeout=20) == 0
        finally:
            edge.kill()


@pytest.mark.parametrize("length", [*range(18), 255, 256, 1_000])
def test_the_plain_fingerprint_is_the_compiled_one(length: int) -> None:
    key, data = key_words(bytes(range(7, 23))), bytes(place * 37 % 256 for place in range(length))
    assert plain_fingerprint(key, data) == fingerprint(key, data)


def test_who_compiles_says_so_and_who_need_not_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    thrice = numba.njit(lambda value: 3 * value)  # kept nowhere
    for _ in range(2):
        with compiling_said("the kernel"):
            assert thrice(7) == 21
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "compiling the kernel, once: about a minute (haodun edge warm does it ahead)"
    assert re.fullmatch("compiled 1 functions in [0-9]+ s", said[1])
    assert len(said) == 2, "the second time it is there"


LATE = """
import sys, tempfile, time
from pathlib import Path
from numba.core.dispatcher import Dispatcher
from haodun.edge.serve import Place
from tests.edge.serve.edges import ALLOWED, FORGED, TIPPED, TRUNKS, Mode, Settings, request, running, trunk_of


def loaded():
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("haodun")]
    functions = [one for module in modules for one in vars(module).values() if isinstance(one, Dispatcher)]
    return {(one.__module__, one.__name__, str(signature)) for one in functions for signature in one.overloads}


place = Path(sys.argv[1])
(place / "trunks.yaml").write_text(TRUNKS)
named = {"trunks": place / "trunks.yaml", "log": place / "log", "mode": Mode.ENFORCE, "deadline_ms": 5_000}
with running(Settings(listen=Place("127.0.0.1", 0), front=sys.argv[2], **named)) as edge, trunk_of(edge) as trunk:
    before = loaded()
    for number in range(30):
        caller = (FORGED, ALLOWED, TIPPED, "anonymous", "+442079250918", "110")[number % 6]
        headers = "" if number % 4 else "P-Asserted-Identity: <sip:+8613912345678@x>"
        trunk.ask(request(caller, call_id=f"x{number // 2}", headers=headers, cseq=1 + number % 3))
        trunk.ask(request(method="OPTIONS"))
    trunk.ask(request(call_id="x1", method="CANCEL"))
    trunk.send(request(call_id="x1", method="ACK"))
    trunk.send(b"nonsense")
    time.sleep(1.5)
    print(sorted(loaded() - before))
"""


@pytest.mark.parametrize("front", ["plain", "compiled"])
def test_an_edge_that_is_ready_compiles_and_loads_nothing_more(front: str, root: Path, tmp_path: Path) -> None:
    environment = os.environ | {"HAODUN_HOME": str(tmp_path), "PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}"}
    command = [sys.executable, "-c", LATE, str(tmp_path), front]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
