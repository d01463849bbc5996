"""Rules as data: a small typed language, compiled to checked byte code, decided in a fixed order of stages."""

from haodun.screening.policy.bounds import FEATURE_BOUNDS, within_bounds
from haodun.screening.policy.canary import canary_place
from haodun.screening.policy.cases import TestResult, run_policy_tests
from haodun.screening.policy.describe import describe_rules
from haodun.screening.policy.diff import FieldChange, PolicyDiff, RuleChange, diff_policies
from haodun.screening.policy.error import PolicyError, Problem
from haodun.screening.policy.lists import Membership, NumberList, Range
from haodun.screening.policy.loader import check_program, load_program
from haodun.screening.policy.policy import Policy, Slot
from haodun.screening.policy.policy_reader import parse_policy
from haodun.screening.policy.program import Op, Program, disassemble
from haodun.screening.policy.rule import Rule, RuleClass, Stage, StageKind, Title
from haodun.screening.policy.shipped import PACKS, load_policy, pack_tests
from haodun.screening.policy.source import policy_files
from haodun.screening.policy.stages import Outcome
from haodun.screening.policy.trace import Fact, RuleTrace, TermTrace, Trace, TraceNode

__all__ = [
    "FEATURE_BOUNDS",
    "PACKS",
    "Fact",
    "FieldChange",
    "Membership",
    "NumberList",
    "Op",
    "Outcome",
    "Policy",
    "PolicyDiff",
    "PolicyError",
    "Problem",
    "Program",
    "Range",
    "Rule",
    "RuleChange",
    "RuleClass",
    "RuleTrace",
    "Slot",
    "Stage",
    "StageKind",
    "TermTrace",
    "TestResult",
    "Title",
    "Trace",
    "TraceNode",
    "canary_place",
    "check_program",
    "describe_rules",
    "diff_policies",
    "disassemble",
    "load_policy",
    "load_program",
    "pack_tests",
    "parse_policy",
    "policy_files",
    "run_policy_tests",
    "within_bounds",
]
