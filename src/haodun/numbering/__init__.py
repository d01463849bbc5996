"""What a telephone number is: plan, ranges, kind, holder network, place; odd and forged formats."""

from haodun.numbering.emergency import emergency_numbers
from haodun.numbering.errors import NumberingError
from haodun.numbering.number import Allocation, Form, Holder, IngressClass, Kind, Number, PlanFacts, Refusal
from haodun.numbering.parsing import PARSE_CACHE, parse
from haodun.numbering.plan import Plan, load_plan
from haodun.numbering.wording import describe, mask, place_name

__all__ = [
    "PARSE_CACHE",
    "Allocation",
    "Form",
    "Holder",
    "IngressClass",
    "Kind",
    "Number",
    "NumberingError",
    "Plan",
    "PlanFacts",
    "Refusal",
    "describe",
    "emergency_numbers",
    "load_plan",
    "mask",
    "parse",
    "place_name",
]
