"""Make `icons.svg` from the Lucide package of npm: one symbol an icon, shapes unchanged.

npm pack lucide-static@1.62.0 && tar xzf lucide-static-1.62.0.tgz
python -m haodun.console.sprite package/icons > src/haodun/console/static/console/icons.svg
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

NAMES = """
activity arrow-down arrow-left arrow-right arrow-up badge-check ban bell building-2 card-sim check
chevron-down chevron-right circle circle-check circle-dashed circle-dot circle-slash circle-x clipboard-check
clock copy download ellipsis external-link eye eye-off file-check file-text flag git-branch hand hash headset
history hourglass id-card inbox info key-round languages layout-grid link list-checks lock log-out megaphone
menu message-square-warning minus monitor moon network newspaper octagon-alert phone-call phone-incoming
phone-off plus printer radio-tower refresh-cw route scale search search-x shield-check siren
sliders-horizontal smartphone stamp sun sun-moon triangle-alert undo-2 unlink user-check users x zap
"""
"""The icons the console uses, by their Lucide names."""
HEAD = '<svg xmlns="http://www.w3.org/2000/svg">\n<!-- Lucide 1.62.0, ISC: vendor/LICENSE-lucide.txt -->\n'


def symbol(name: str, svg: str) -> str:
    """One Lucide file as a symbol: what stands inside its <svg>, on one line; ValueError where there is no such tag."""
    found = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    if found is None:
        raise ValueError(f"{name}.svg has no svg element; take the icons of lucide-static")
    inside = re.sub(r"\s+", " ", found.group(1)).replace("> <", "><").replace(" />", "/>").strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>\n'


def sprite(folder: Path) -> str:
    """The whole file from the package's `icons` folder; FileNotFoundError names the icon that is missing."""
    symbols = (symbol(name, (folder / f"{name}.svg").read_text("utf-8")) for name in NAMES.split())
    return HEAD + "".join(symbols) + "</svg>\n"


if __name__ == "__main__":
    sys.stdout.write(sprite(Path(sys.argv[1])))
