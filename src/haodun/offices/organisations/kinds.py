"""What an organisation can be, and the provinces of GB/T 2260 it can lie in."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What an organisation is (DESIGN.md §4.1)."""

    MINISTRY = "ministry", _("部")
    BUREAU = "bureau", _("省通信管理局")
    CARRIER_GROUP = "carrier_group", _("运营商集团")
    CARRIER = "carrier", _("运营商省公司")
    RESELLER = "reseller", _("移动转售企业")
    POLICE = "police", _("公安机关")
    ENTERPRISE = "enterprise", _("企业用户")
    PLATFORM = "platform", _("互联网企业")
    ASSOCIATION = "association", _("行业协会")
    TECHNICAL_CENTRE = "technical_centre", _("技术中心")
    PRESS = "press", _("新闻单位")


PROVINCES: dict[str, tuple[str, str]] = {
    "11": ("北京", "Beijing"), "12": ("天津", "Tianjin"), "13": ("河北", "Hebei"), "14": ("山西", "Shanxi"),
    "15": ("内蒙古", "Inner Mongolia"), "21": ("辽宁", "Liaoning"), "22": ("吉林", "Jilin"),
    "23": ("黑龙江", "Heilongjiang"), "31": ("上海", "Shanghai"), "32": ("江苏", "Jiangsu"), "33": ("浙江", "Zhejiang"),
    "34": ("安徽", "Anhui"), "35": ("福建", "Fujian"), "36": ("江西", "Jiangxi"), "37": ("山东", "Shandong"),
    "41": ("河南", "Henan"), "42": ("湖北", "Hubei"), "43": ("湖南", "Hunan"), "44": ("广东", "Guangdong"),
    "45": ("广西", "Guangxi"), "46": ("海南", "Hainan"), "50": ("重庆", "Chongqing"), "51": ("四川", "Sichuan"),
    "52": ("贵州", "Guizhou"), "53": ("云南", "Yunnan"), "54": ("西藏", "Tibet"), "61": ("陕西", "Shaanxi"),
    "62": ("甘肃", "Gansu"), "63": ("青海", "Qinghai"), "64": ("宁夏", "Ningxia"), "65": ("新疆", "Xinjiang"),
    "71": ("台湾", "Taiwan"), "81": ("香港", "Hong Kong"), "82": ("澳门", "Macao"),
}  # fmt: skip
"""First two digits of GB/T 2260-2007 → name in Chinese and English."""

MAINLAND: tuple[str, ...] = tuple(code for code in PROVINCES if code < "70")
"""The 31 that have a provincial administration of communications."""
