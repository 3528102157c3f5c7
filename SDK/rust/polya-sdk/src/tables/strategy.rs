//! The C table of a strategy.

use super::*;

table!(OfStrategy, Strategy, STRATEGY, PolyaStrategy, {
    describe: Some(describe_strategy::<T>), next: Some(next::<T>), segment: None,
});
table!(OfSegmentingStrategy, SegmentingStrategy, STRATEGY, PolyaStrategy, {
    describe: Some(describe_strategy::<T>), next: Some(next::<T>), segment: Some(segment::<T>),
});

unsafe extern "C" fn describe_strategy<T: Strategy>(
    instance: Instance,
    call: CallPointer,
    out: *mut PolyaStrategyInfo,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            (*out).heuristics = Arena(call.raw).heuristics(&role::<T>(instance).heuristics())?;
            Ok(())
        })
    }
}

fn write_ask(ask: &Ask, row: &mut PolyaStrategyMove, arena: &Arena) -> Result<(), Failure> {
    row.action = MOVE_ASK;
    row.phase = arena.text(&ask.phase)?;
    row.messages = arena.rows(&ask.messages, |m| {
        Ok(PolyaMessage { role: arena.text(&m.role)?, content: arena.text(&m.content)? })
    })?;
    row.stop = arena.rows(&ask.stop, |text| arena.text(text))?;
    row.max_tokens = ask.max_tokens.unwrap_or(0);
    row.temperature = ask.temperature.unwrap_or(-1.0);
    row.state = arena.bytes(&ask.state)?;
    Ok(())
}

unsafe extern "C" fn next<T: Strategy>(
    instance: Instance,
    call: CallPointer,
    input: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        by_row(call, out, |i, row: &mut PolyaStrategyMove, call| {
            same_count(input.count, out.count)?;
            let arena = Arena(call.raw);
            row.temperature = -1.0;
            match role::<T>(instance).next(&StrategyItem::read(read(input, i))?, call)? {
                Move::Ask(ask) => write_ask(&ask, row, &arena)?,
                Move::Answer(answer) => {
                    row.action = MOVE_ANSWER;
                    row.answer = arena.text(&answer)?;
                }
                Move::Check { answer, state } => {
                    row.action = MOVE_CHECK;
                    row.answer = arena.text(&answer)?;
                    row.state = arena.bytes(&state)?;
                }
                Move::GiveUp => row.action = MOVE_GIVE_UP,
            }
            Ok(())
        })
    }
}

unsafe extern "C" fn segment<T: SegmentingStrategy>(
    instance: Instance,
    call: CallPointer,
    input: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        by_row(call, out, |i, row: &mut PolyaSegmentation, call| {
            same_count(input.count, out.count)?;
            let segments = role::<T>(instance).segments(&AnswerItem::read(read(input, i))?, call)?;
            let arena = Arena(call.raw);
            row.segments = arena.rows(&segments, |s| {
                let span = PolyaSpan { begin: s.bytes.start as u64, end: s.bytes.end as u64 };
                Ok(PolyaSegment { span, label: arena.text(&s.label)? })
            })?;
            Ok(())
        })
    }
}
