"""Whose a key is, what undo and a switch take back, and what a restart finds."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from engine.core.engine_tables import Memory, memory_tables, restore_memory
from engine.core.operator import Operator
from engine.domain.errors import Refused
from engine.domain.events import EngineStopped, PresetChanged, SettingsChanged
from engine.domain.tuning import TakenBackFor, TuningStored, TuningTakenBack
from engine.domain.venue import VenueMode
from tests.core.builders import bench
from tests.core.fakes import NOON, ManualClock
from tests.core.test_tuning import KEYS
from tests.core.tuned_engine import TunedEngine, better, nothing, order, start


async def again(here: TunedEngine, *, mode: VenueMode = VenueMode.PAPER) -> TunedEngine:
    """Kill the engine and start another on the same journal and file."""
    return await start(here.folder, store=here.store, clock=here.clock, mode=mode)


async def test_undo_puts_back_what_was_before_in_force_and_in_the_file(tmp_path: Path):
    here = await start(tmp_path, "# mine\nLOOP_SECONDS=5\n")
    await here.after(better())
    plan = await here.commands.undo(order(dry_run=True))
    assert tuple(line.text for line in plan.lines) == (
        "CRYPTO_K_VALUE: 0.45 → 0.5",
        "CRYPTO_TAKE_PROFIT_PERCENT: 4 → 6",
        "CRYPTO_STOP_LOSS_PERCENT: 2 → 0",
    )
    assert here.parameters.k_value == 0.45
    assert (await here.commands.undo(order())).changed
    assert here.parameters.k_value == 0.5
    assert here.parameters.take_profit_percent == 6.0
    assert here.env == (
        "# mine\nLOOP_SECONDS=5\n"
        "CRYPTO_K_VALUE=\nCRYPTO_STOP_LOSS_PERCENT=\nCRYPTO_TAKE_PROFIT_PERCENT=\n"
    )
    (fact,) = here.facts(TuningTakenBack)
    assert (fact.cause, fact.who) == (TakenBackFor.UNDO, "telegram:7")
    with pytest.raises(Refused):
        await here.commands.undo(order("k2"))


async def test_undo_of_the_second_tuning_brings_the_first_back(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    await here.after(better(k=0.55, take=5.0, stop=3.0), nothing(), hours=24)
    await here.commands.undo(order())
    assert here.parameters.k_value == 0.45
    assert here.env == KEYS
    await here.commands.undo(order("k2"))
    assert here.parameters.k_value == 0.5
    assert "0.45" not in here.env


async def test_undo_of_a_sweep_leaves_what_the_grid_wrote(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    await here.after(better(k=0.7, take=4.0, stop=2.0), hours=4)
    assert here.parameters.k_value == 0.7
    assert here.env == KEYS
    await here.commands.undo(order())
    assert here.parameters.k_value == 0.45
    assert here.env == KEYS


async def test_undo_still_works_after_a_restart(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    back = await again(here)
    assert back.parameters.k_value == 0.45
    await back.commands.undo(order())
    assert back.parameters.k_value == 0.5
    assert "0.45" not in back.env
    assert (await again(back)).parameters.k_value == 0.5


async def test_undo_takes_the_newest_change_whoever_made_it(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    here.clock.advance(60)
    await here.commands.set("CRYPTO_MAX_POSITIONS", "2", order("a"))
    assert (await here.commands.undo(order("b"))).command == "undo"
    assert here.parameters.max_positions == 5
    assert here.parameters.k_value == 0.45
    await here.commands.undo(order("c"))
    assert here.parameters.k_value == 0.5


async def test_a_switch_takes_back_what_was_tuned_and_its_confirmation_lists_it(tmp_path: Path):
    here = await start(tmp_path, "CRYPTO_STRATEGY_PRESET=mid_term # mine\n")
    await here.after(better())
    await here.after(better(k=0.7, take=4.0, stop=2.0), hours=4)
    plan = await here.commands.preset("scalping", "crypto", order(dry_run=True))
    for line in (
        "CRYPTO_STRATEGY_PRESET: mid_term → scalping",
        "CRYPTO_K_VALUE: 0.45 → –",
        "tuned CRYPTO_K_VALUE: 0.7 → 0.5",
        "tuned CRYPTO_TAKE_PROFIT_PERCENT: 4 → 1.5",
    ):
        assert line in [told.text for told in plan.lines]
    assert here.parameters.k_value == 0.7
    await here.commands.preset("scalping", "crypto", order())
    assert here.parameters.take_profit_percent == 1.5
    assert here.env.startswith("CRYPTO_STRATEGY_PRESET=scalping # mine\nCRYPTO_K_VALUE=\n")
    (fact,) = here.facts(PresetChanged)
    assert set(fact.taken_back) == {
        "CRYPTO_K_VALUE",
        "CRYPTO_TAKE_PROFIT_PERCENT",
        "CRYPTO_STOP_LOSS_PERCENT",
    }
    assert (await again(here)).parameters.take_profit_percent == 1.5


async def test_a_switch_keeps_the_keys_that_the_owner_wrote(tmp_path: Path):
    here = await start(tmp_path, "CRYPTO_K_VALUE=0.61\n")
    await here.after(better(k=0.61))
    await here.commands.preset("scalping", "crypto", order())
    assert "CRYPTO_K_VALUE=0.61\n" in here.env
    assert here.parameters.k_value == 0.61
    assert "CRYPTO_K_VALUE" not in here.facts(PresetChanged)[0].taken_back


async def test_a_switch_in_the_file_takes_back_what_was_tuned_as_well(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    here.write(f"CRYPTO_STRATEGY_PRESET=scalping\n{KEYS}")
    await here.reload.look()
    assert here.parameters.take_profit_percent == 1.5
    assert "0.45" not in here.env
    assert "CRYPTO_K_VALUE" in here.facts(PresetChanged)[0].taken_back


async def test_a_switch_while_the_engine_was_down_does_so_too(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    here.write(f"CRYPTO_STRATEGY_PRESET=scalping\n{KEYS}")
    back = await again(here)
    assert back.parameters.take_profit_percent == 1.5
    assert "0.45" not in back.env


async def test_undoing_a_switch_brings_the_preset_back_and_leaves_tuning_free(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    here.clock.advance(60)
    await here.commands.preset("scalping", "crypto", order("a"))
    await here.commands.undo(order("b"))
    assert here.reload.settings.crypto_strategy_preset == "mid_term"
    assert here.parameters.k_value == 0.5
    await here.after(better(), nothing(), hours=24)
    assert here.parameters.k_value == 0.45


@pytest.mark.parametrize("by", ["file", "chat"])
async def test_what_the_owner_sets_after_tuning_is_the_owners(tmp_path: Path, by: str):
    here = await start(tmp_path)
    await here.after(better())
    if by == "chat":
        await here.commands.set("CRYPTO_K_VALUE", "0.9", order())
    else:
        here.write(KEYS.replace("0.45", "0.9"))
        await here.reload.look()
    assert here.parameters.k_value == 0.9
    assert here.parameters.take_profit_percent == 4.0
    (fact,) = here.facts(TuningTakenBack)
    assert [change.key for change in fact.changes] == ["CRYPTO_K_VALUE"]
    assert fact.cause is TakenBackFor.BY_HAND
    await here.after(better(k=0.9, take=5.0), hours=24)
    assert here.asked[-2].grid.k_values == (0.9,) or here.asked[-1].grid.k_values == (0.9,)
    assert "CRYPTO_K_VALUE=0.9\n" in here.env
    assert "CRYPTO_TAKE_PROFIT_PERCENT=5\n" in here.env


async def test_a_key_that_the_owner_deleted_while_it_was_down_is_not_written_again(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    here.write(KEYS.replace("CRYPTO_K_VALUE=0.45\n", ""))
    back = await again(here)
    assert back.parameters.k_value == 0.5
    assert back.parameters.take_profit_percent == 4.0
    assert "CRYPTO_K_VALUE" not in back.env


async def test_a_kill_between_the_fact_and_the_file_is_made_up_for(tmp_path: Path):
    here = await start(tmp_path, "LOOP_SECONDS=5\n")
    await here.after(better())
    here.write("LOOP_SECONDS=5\n")
    here.store.facts = [r for r in here.store.facts if not isinstance(r.fact, TuningStored)]
    back = await again(here)
    assert back.parameters.k_value == 0.45
    assert back.env == f"LOOP_SECONDS=5\n{KEYS}"


async def test_a_kill_keeps_the_k_of_a_sweep_and_a_stop_lets_it_go(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    await here.after(better(k=0.7, take=4.0, stop=2.0), hours=4)
    killed = await again(here)
    assert killed.parameters.k_value == 0.7
    await killed.engine.stop("told to stop")
    stopped = await again(killed)
    assert stopped.parameters.k_value == 0.45
    await stopped.after(better(k=0.8, take=4.0, stop=2.0))
    assert stopped.parameters.k_value == 0.8


async def test_a_file_that_is_broken_now_is_written_later(tmp_path: Path):
    here = await start(tmp_path)
    here.write("CRYPTO_K_VALUE=much\n")
    await here.after(better())
    assert here.parameters.take_profit_percent == 4.0
    assert here.env == "CRYPTO_K_VALUE=much\n"
    assert here.facts(TuningStored) == []
    here.write("LOOP_SECONDS=4\n")
    await here.reload.look()
    await here.after(nothing(), hours=4)
    assert here.parameters.k_value == 0.45
    assert here.env == f"LOOP_SECONDS=4\n{KEYS}"


async def test_a_replay_that_resumes_before_a_tuning_trades_by_the_old_values_until_then(
    tmp_path: Path,
):
    here = await start(tmp_path, mode=VenueMode.REPLAY)
    here.answers.append(better())
    await here.engine.before_loop()
    assert here.parameters.k_value == 0.45
    earlier = ManualClock(here.clock.now() - timedelta(seconds=1))
    back = await start(tmp_path, store=here.store, clock=earlier, mode=VenueMode.REPLAY)
    assert back.parameters.k_value == 0.5
    await back.engine.before_loop()
    assert back.parameters.k_value == 0.5
    earlier.advance(1)
    await back.engine.before_loop()
    assert back.parameters.k_value == 0.45
    assert back.asked == []


async def test_a_key_that_the_host_fixes_is_left_alone(tmp_path: Path):
    here = await start(tmp_path, CRYPTO_K_VALUE="0.6")
    await here.after(better(k=0.6))
    assert here.asked[0].grid.k_values == (0.6,)
    assert "CRYPTO_K_VALUE" not in here.env
    assert "CRYPTO_TAKE_PROFIT_PERCENT=4" in here.env


async def test_a_snapshot_holds_all_that_the_facts_have_said(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    await here.after(better(k=0.7, take=4.0, stop=2.0), hours=4)
    tables = memory_tables(here.engine.memory)
    made = bench()
    fresh = Memory(Operator(made.recorder, made.clock), {})
    restore_memory(fresh, json.loads(json.dumps(tables)))
    assert fresh.tuned.tables() == here.engine.memory.tuned.tables()
    fresh.apply(EngineStopped("told to stop", NOON))
    fresh.tuned.settle(here.clock.now(), told=True)
    assert fresh.tuned.in_force["CRYPTO_K_VALUE"] == 0.45


async def test_a_tuning_is_told_once_and_not_again_as_changed_settings(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    assert await here.reload.look() is None
    assert here.facts(SettingsChanged) == []
