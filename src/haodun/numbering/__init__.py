"""What a telephone number is: plan, ranges, kind, holder network, place; odd and forged formats."""

from haodun.numbering.number import Allocation, Form, Holder, IngressClass, Kind, Number, PlanFacts, Refusal

__all__ = ["Allocation", "Form", "Holder", "IngressClass", "Kind", "Number", "PlanFacts", "Refusal"]
