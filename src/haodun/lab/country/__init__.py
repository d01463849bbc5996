"""A synthetic country: people, businesses and fraud by a scenario file, with the truth apart from the calls."""

from haodun.lab.country.country import Country, generate
from haodun.lab.country.description import Group, describe, groups
from haodun.lab.country.errors import CountryError, ScenarioError
from haodun.lab.country.frame import LABELS_SCHEMA
from haodun.lab.country.loading import SHIPPED, load_scenario
from haodun.lab.country.registry import Registry, make_registry
from haodun.lab.country.scenario import SCENARIO_JSON_SCHEMA, Campaign, Population, Scenario, scenario_schema
from haodun.lab.country.writing import write, write_registry

__all__ = [
    "LABELS_SCHEMA",
    "SCENARIO_JSON_SCHEMA",
    "SHIPPED",
    "Campaign",
    "Country",
    "CountryError",
    "Group",
    "Population",
    "Registry",
    "Scenario",
    "ScenarioError",
    "describe",
    "generate",
    "groups",
    "load_scenario",
    "make_registry",
    "scenario_schema",
    "write",
    "write_registry",
]
