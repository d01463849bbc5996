"""The decision row of an attempt, had again by replaying the input log from the nearest kernel state."""

from __future__ import annotations

from collections.abc import Callable

from haodun.numbering.bulk import Reader
from haodun.screening.events import Event, EventKind, actor_key, read_events
from haodun.screening.events.packed_log import read_packed
from haodun.screening.explain.errors import ExplainError
from haodun.screening.explain.run import Run
from haodun.screening.verdicts import Mode, RowBuilder, Verdict
from haodun.screening.verdicts.fast import FastScreener


def replayed_row(run: Run, verdict: Verdict, site_key: Callable[[], bytes] | None) -> list[int]:
    """The row of the attempt of a verdict; `site_key` gives that of the site that screened.

    KernelError where the stored state is not of this site: call ids are kept as fingerprints under its key.
    """
    if run.kernel == "oracle":
        return _by_oracle(run, verdict.event)
    if site_key is None:
        raise ExplainError(
            f"{run.path} was screened by the compiled kernel, whose states belong to its site; replay it there"
        )
    return _by_fast(run, verdict.event, site_key())


def _by_oracle(run: Run, number: int) -> list[int]:
    start, state = run.state_before(number)
    screener = run.screener()
    screener.restore_state(state)
    for event in read_events(run.input_log, start=start + 1):
        if event.number == number:
            _check_attempt(event)
            return screener.row(event, screener.oracle.attempt(event))
        screener.take(event)
    raise _gone(number)


def _by_fast(run: Run, number: int, site_key: bytes) -> list[int]:
    start, state = run.state_before(number)
    screener = FastScreener(
        policy=run.policy,
        plan=run.plan,
        trunks=run.trunks,
        parameters=run.parameters,
        mode=Mode(run.record["versions"]["mode"]),
        site_key=site_key,
        run_id=str(run.record["run"]),
        snapshot=run.snapshot,
    )
    screener.restore_state(state)
    packer, reader = screener.packer, Reader(run.policy.home)
    for some in read_packed(run.input_log, start + 1, number - 1, packer=packer, reader=reader):
        screener.judge(some.events)
    event = next(read_events(run.input_log, start=number), None)
    if event is None:
        raise _gone(number)
    _check_attempt(event)
    reading = screener.kernel.attempt(packer.pack([event]))
    rows = RowBuilder(policy=run.policy, plan=run.plan, trunks=run.trunks, parameters=run.parameters)
    return rows.build(event, reading, actor_key(event.caller, event.trunk))


def _check_attempt(event: Event) -> None:
    if event.kind is not EventKind.ATTEMPT:
        raise ExplainError(f"event {event.number} is no attempt; only attempts have a verdict")


def _gone(number: int) -> ExplainError:
    return ExplainError(f"event {number} is not in the input log any more; it cannot be replayed")
