"""What the database itself keeps: counts beside the states, figures that nobody edits, a staging table for the system.

Each row of `subscribers_registration` says of a group (carrier, reseller, province, service, old) on which day its
number begins and ends to count, from which moment of recording and until which. A row with `recorded` [r, s) and
`valid` [a, b) therefore adds at r: +1 on day(a), -1 on day(b); and at s the opposite. The triggers sum these for a
whole statement; readers that alone changed add nothing. (`old` is a column here: a function of PL/pgSQL has a variable
of that name too.)
"""

from __future__ import annotations

from haodun.registry.subscribers.sealing import COLUMNS

_EVENTS = """
    SELECT readers, lower(recorded) AS at, valid AS held, carrier, reseller, province, service, old, status, checked,
           {sign} AS sign FROM {rows}
    UNION ALL
    SELECT readers, upper(recorded), valid, carrier, reseller, province, service, old, status, checked, -({sign})
    FROM {rows} WHERE NOT upper_inf(recorded)
"""
_ADD = """
    INSERT INTO subscribers_registrationdelta AS kept
        (readers, recorded_at, day, carrier, reseller, province, service, old, numbers, valid, checked)
    SELECT min(readers), at, day, carrier, reseller, province, service, old, sum(sign),
           coalesce(sum(sign) FILTER (WHERE status = 'valid'), 0), coalesce(sum(sign) FILTER (WHERE checked), 0)
    FROM (
        SELECT readers, at, (lower(held) AT TIME ZONE 'Asia/Shanghai')::date AS day, carrier, reseller, province,
               service, old, status, checked, sign FROM ({events}) AS begun
        UNION ALL
        SELECT readers, at, (upper(held) AT TIME ZONE 'Asia/Shanghai')::date, carrier, reseller, province,
               service, old, status, checked, -sign FROM ({events}) AS ended WHERE NOT upper_inf(held)
    ) AS changes
    GROUP BY at, day, carrier, reseller, province, service, old
    HAVING sum(sign) <> 0 OR coalesce(sum(sign) FILTER (WHERE status = 'valid'), 0) <> 0
        OR coalesce(sum(sign) FILTER (WHERE checked), 0) <> 0
    ON CONFLICT (recorded_at, day, carrier, reseller, province, service, old) DO UPDATE
        SET numbers = kept.numbers + excluded.numbers, valid = kept.valid + excluded.valid,
            checked = kept.checked + excluded.checked;
"""
_NEW = _EVENTS.format(rows="new_rows", sign="1")
_BOTH = _NEW + "UNION ALL" + _EVENTS.format(rows="old_rows", sign="-1")

COUNT_STATES = [
    f"""CREATE FUNCTION subscribers_count_new() RETURNS trigger LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN {_ADD.format(events=_NEW)} RETURN NULL; END $$""",
    f"""CREATE FUNCTION subscribers_count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN {_ADD.format(events=_BOTH)} RETURN NULL; END $$""",
    """CREATE TRIGGER subscribers_count_new AFTER INSERT ON subscribers_registration
       REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION subscribers_count_new()""",
    """CREATE TRIGGER subscribers_count_changed AFTER UPDATE ON subscribers_registration
       REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
       FOR EACH STATEMENT EXECUTE FUNCTION subscribers_count_changed()""",
]
UNCOUNT_STATES = [
    "DROP TRIGGER subscribers_count_new ON subscribers_registration",
    "DROP TRIGGER subscribers_count_changed ON subscribers_registration",
    "DROP FUNCTION subscribers_count_new()",
    "DROP FUNCTION subscribers_count_changed()",
]

FIGURES_STAY = [
    """CREATE FUNCTION subscribers_figure_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'readers' = to_jsonb(NEW) - 'readers' THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'a published figure stays as it is; publish a revision' USING ERRCODE = 'insufficient_privilege';
END $$""",
    """CREATE TRIGGER subscribers_figure_stays BEFORE UPDATE OR DELETE ON subscribers_publishedfigure
       FOR EACH ROW EXECUTE FUNCTION subscribers_figure_stays()""",
]
FIGURES_GO = [
    "DROP TRIGGER subscribers_figure_stays ON subscribers_publishedfigure",
    "DROP FUNCTION subscribers_figure_stays()",
]

_STAGED = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
STAGING = [
    f"CREATE UNLOGGED TABLE subscribers_staged (run uuid, line int8, interval int8, {_STAGED})",
    "CREATE INDEX subscribers_staged_line ON subscribers_staged (run, line)",
    "ALTER TABLE subscribers_staged ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY haodun_system ON subscribers_staged FOR ALL"
    " USING ((SELECT coalesce(current_setting('haodun.scope', true), '') = '*'))"
    " WITH CHECK ((SELECT coalesce(current_setting('haodun.scope', true), '') = '*'))",
]
NO_STAGING = ["DROP TABLE subscribers_staged"]

RECORD_KEPT = [
    """INSERT INTO subscribers_record (interval_id, readers, party, document_kind, document_sealed, document_mark,
           personal, proxy_kind, proxy_sealed, proxy_mark, agent, service, opened_how, address_sealed, address_mark,
           device_mark)
       SELECT held.id, held.readers, coalesce(held.reseller_id, (
               SELECT above.id FROM organisations_organisation AS own
               JOIN organisations_organisation AS above ON above.id = ANY(own.path) AND above.kind = 'carrier_group'
               WHERE own.id = held.carrier_id LIMIT 1), held.carrier_id),
           '', '', '', false, '', '', '', '', 'mobile', 'unknown', '', '', ''
       FROM subscribers_holderinterval AS held""",
    """INSERT INTO subscribers_registration (readers, interval_id, status, checked, valid, recorded, carrier, reseller,
           province, service, old, source)
       SELECT readers, id, 'none', false, valid, tstzrange(now(), NULL), carrier_id, reseller_id, province, 'mobile',
           lower(valid) < '2013-09-01 00:00+08', 'before records'
       FROM subscribers_holderinterval""",
]
"""Intervals from before records were kept: nothing is known of their documents, so they count as not registered."""
