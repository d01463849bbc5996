"""Every sentence of the report in both languages, and how quantities are written in each."""

from __future__ import annotations

from typing import Literal

from haodun.numbering import IngressClass
from haodun.screening.events import Action

Language = Literal["zh", "en"]

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("话单筛查报告", "Call screening report"),
    "headline": (
        "{calls} 通呼叫中，拦截 {block} 通（{share}），另有 {tip} 通给被叫提示。",
        "Of {calls} calls, {block} were blocked ({share}); for another {tip} the called person is tipped.",
    ),
    "headline_reason": ("最常见的拦截原因：{title}。", "The commonest reason to block: {title}."),
    "headline_empty": ("没有可判定的呼叫。", "There was no call to judge."),
    "observed": ("仅观察：以下为“如果执行会怎样”。", "Observed only: this is what would have been done."),
    "meta": (
        "话单时间 {first} 至 {last}（UTC{zone}） 策略 {policy} {version} 批次 {run}",
        "Calls from {first} to {last} (UTC{zone}); policy {policy} {version}; run {run}",
    ),
    "synthetic": ("合成演示数据", "synthetic country"),
    "synthetic_long": (
        "以下数字在一个合成国家上测得，真相已知；不代表任何真实网络。",
        "Measured on a synthetic country whose truth is known; it says nothing of any real network.",
    ),
    "tile_calls": ("呼叫", "Calls"),
    "tile_calls_note": ("{callers} 个主叫", "{callers} callers"),
    "tile_block": ("拦截", "Blocked"),
    "tile_tip": ("提示", "Tipped"),
    "tile_share": ("占全部 {share}", "{share} of all"),
    "tile_origin": ("来源未能判断", "Origin not judged"),
    "tile_origin_ok": ("全部中继已登记", "every trunk is on file"),
    "tile_origin_bad": ("补充中继文件即可判断", "supply a trunks file"),
    "tile_quarantine": ("未能读取", "Not readable"),
    "tile_quarantine_note": ("共 {records} 条记录", "of {records} records"),
    "tile_speed": ("用时", "Took"),
    "tile_speed_note": ("{rate} 通/秒", "{rate} calls/s"),
    "unit_calls": ("通", "calls"),
    "unit_records": ("条", "records"),
    "unit_seconds": ("秒", "s"),
    "hours_peak_title": ("异常呼叫在 {hour} 时最多", "Most restricted calls come at {hour}:00"),
    "hours_none_title": ("没有异常呼叫", "No restricted call"),
    "hours_unit": ("通，按本地时刻，不含放行", "calls by local hour, ALLOW left out"),
    "peak": ("{hour} 时 {count}", "{hour}:00 {count}"),
    "reasons_title": ("为什么：各规则触发的呼叫数", "Why: calls by rule"),
    "reasons_unit": ("通 / 主叫数；一通呼叫可有多条理由", "calls / callers; a call may have several reasons"),
    "reasons_none": ("没有规则触发。", "No rule fired."),
    "ingress_title": ("从哪里来：入口与判定", "Where from: ingress and verdict"),
    "ingress_unit": ("通", "calls"),
    "callers_title": ("被拦截或提示最多的主叫", "Callers with most restricted calls"),
    "callers_unit": ("号码已掩码", "numbers are masked"),
    "callers_none": ("没有。", "None."),
    "col_caller": ("主叫", "Caller"),
    "col_reason": ("主要理由", "Main reason"),
    "col_calls": ("呼叫", "Calls"),
    "col_blocked": ("拦截", "Blocked"),
    "col_explain": ("判定号", "Verdict id"),
    "col_rule": ("规则", "Rule"),
    "col_callers": ("主叫数", "Callers"),
    "col_hour": ("时", "Hour"),
    "col_ingress": ("入口", "Ingress"),
    "gaps_title": ("未能判断的，以及需要补充什么", "What could not be judged, and what to supply"),
    "gaps_none": (
        "没有缺口：所有呼叫的来源、时间和号码都可判断。",
        "No gap: origin, time and number of every call could be judged.",
    ),
    "gap_no_trunks": (
        "{count} 通呼叫：没有给出 --trunks，来源类规则无法判断。请写明这些中继通向哪里，然后重跑：",
        "{count} calls: no --trunks was given, so no rule about the origin could speak. "
        "Say where these trunks lead and run again:",
    ),
    "gap_trunks": (
        "{count} 通呼叫：其中继不在中继文件里，来源类规则无法判断。请补充：",
        "{count} calls: their trunks are not in the trunks file, so no rule about the origin could speak. Add:",
    ),
    "gap_zone": (
        "{count} 条记录的时间没有时区，按 {tz} 读取；不对时请用 --tz Asia/Shanghai。",
        "{count} records carry times without a zone; they were read as {tz}. "
        "If that is wrong give --tz, such as Asia/Shanghai.",
    ),
    "gap_quarantine": (
        "{count} 条记录未能读取（{reasons}），逐条见 quarantine.jsonl。",
        "{count} records could not be read ({reasons}); each is in quarantine.jsonl.",
    ),
    "gap_late": ("{count} 通呼叫迟到：已判定，未计入行为统计。", "{count} calls came late: decided, but not counted."),
    "gap_no_number": (
        "{count} 通呼叫的主叫不是号码，按中继合并统计行为。",
        "{count} calls have no caller number; their behaviour was counted by trunk.",
    ),
    "truth_title": ("与真相对照：各场骗局", "Against the truth: each campaign"),
    "truth_unit": ("按呼叫计；时间为中位数", "by calls; times are medians"),
    "col_campaign": ("骗局", "Campaign"),
    "col_attempts": ("呼叫", "Attempts"),
    "col_recall_block": ("拦截率", "Blocked"),
    "col_recall_any": ("处置率", "Any verdict"),
    "col_time": ("首拦用时", "Time to block"),
    "col_never": ("从未拦截的号码", "Numbers never blocked"),
    "truth_missed": ("漏过", "missed"),
    "false_heavy": (
        "高频普通主叫 {callers} 个，被行为规则误拦 {false} 个（95% 区间：每万个 {low} 至 {high}）。",
        "Of {callers} ordinary heavy callers {false} were blocked by a behaviour rule "
        "(95 % interval {low} to {high} in 10,000).",
    ),
    "false_light": (
        "低频普通主叫 {callers} 个，被行为规则误拦 {false} 个（95% 区间：每万个 {low} 至 {high}）。",
        "Of {callers} ordinary light callers {false} were blocked by a behaviour rule "
        "(95 % interval {low} to {high} in 10,000).",
    ),
    "shadow_title": ("影子与灰度之外：只观察的规则", "Watched only: rules in shadow or outside their canary"),
    "shadow_none": ("没有。", "None."),
    "explain_title": ("逐通解释", "Explain any verdict"),
    "explain_text": ("在命令行重算并解释一通判定：", "Recompute and explain one verdict on the command line:"),
    "versions_title": ("版本", "Versions"),
    "data": ("看数据", "data"),
    "query": ("取数语句", "query"),
    "other_language": ("English", "中文"),
    "footer": (
        "由号盾生成，全部在本机完成。只看信令，不看通话内容。",
        "Made by Haodun on this machine. Signalling only; the content of calls is never read.",
    ),
}

ACTION_NAMES: dict[Action, tuple[str, str]] = {
    Action.ALLOW: ("放行", "Allow"),
    Action.TIP: ("提示", "Tip"),
    Action.WITHHOLD_CLI: ("隐藏号码", "Withhold CLI"),
    Action.CHALLENGE: ("质询", "Challenge"),
    Action.BLOCK: ("拦截", "Block"),
}
INGRESS_NAMES: dict[IngressClass, tuple[str, str]] = {
    IngressClass.UNKNOWN: ("未知", "Unknown"),
    IngressClass.INTERNATIONAL: ("国际来话", "International"),
    IngressClass.INTER_NETWORK: ("网间", "Between networks"),
    IngressClass.INTRA_NETWORK: ("网内", "Inside the network"),
    IngressClass.VOICE_LINE: ("语音专线", "Voice line"),
    IngressClass.ACCESS: ("接入", "Access"),
}


def text(key: str, lang: Language, **values: object) -> str:
    """One whole sentence. Chinese has no space between 万 or 亿 and its measure word."""
    written = TEXTS[key][0 if lang == "zh" else 1].format(**values)
    return written.replace("万 ", "万").replace("亿 ", "亿") if lang == "zh" else written


def quantity(value: int, lang: Language) -> str:
    """A count as people write it (CONSOLE §10): exact below 10,000, then 万 and 亿, truncated; English with commas.

    >>> quantity(9_999, "zh"), quantity(123_456, "zh"), quantity(123_456_789, "zh"), quantity(123_456, "en")
    ('9,999', '12.3 万', '1.23 亿', '123,456')
    """
    if lang == "en" or value < 10_000:
        return f"{value:,}"
    if value < 100_000_000:
        return f"{value // 1_000 / 10:.1f} 万"
    return f"{value // 1_000_000 / 100:.2f} 亿"


def percent(part: int, whole: int) -> str:
    """A share with as many digits as it takes to see it.

    >>> percent(1, 3), percent(1, 10_000), percent(0, 5), percent(1, 0)
    ('33.3%', '0.01%', '0%', '—')
    """
    if whole <= 0:
        return "—"
    if part == 0:
        return "0%"
    share = 100 * part / whole
    return f"{share:.1f}%" if share >= 0.1 else f"{share:.2g}%"
