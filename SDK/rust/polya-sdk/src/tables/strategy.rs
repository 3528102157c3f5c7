//! The C table of a strategy.

use super::*;

table!(OfStrategy, Strategy, STRATEGY, PolyaStrategy, {
    describe: Some(describe_strategy::<T>), next: Some(next::<T>), segment: None, judge: None,
});
table!(OfJudgingStrategy, JudgingStrategy, STRATEGY, PolyaStrategy, {
    describe: Some(describe_strategy::<T>), next: Some(next::<T>), segment: Some(segment::<T>),
    judge: Some(judge::<T>),
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

unsafe fn strategy_item<'a>(raw: PolyaStrategyItem) -> Result<StrategyItem<'a>, Failure> {
    unsafe {
        Ok(StrategyItem {
            id: raw.item_id,
            question: str_of(raw.question)?,
            heuristic: str_of(raw.heuristic)?,
            exemplars: collect(raw.exemplars, |e: PolyaExemplar| {
                Ok(Exemplar {
                    question: str_of(e.question)?,
                    heuristic: str_of(e.heuristic)?,
                    solution: str_of(e.solution)?,
                })
            })?,
            transcript: messages(raw.transcript)?,
            state: slice(raw.state.data, raw.state.size),
            meta_json: str_of(raw.meta_json)?,
            turn: raw.turn,
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
            match role::<T>(instance).next(&strategy_item(read(input, i))?, call)? {
                Move::Ask(ask) => write_ask(&ask, row, &arena)?,
                Move::Answer(answer) => {
                    row.action = MOVE_ANSWER;
                    row.answer = arena.text(&answer)?;
                }
                Move::GiveUp => row.action = MOVE_GIVE_UP,
            }
            Ok(())
        })
    }
}

unsafe fn judged<T: JudgingStrategy>(
    instance: Instance,
    call: CallPointer,
    input: PolyaRows,
    out: PolyaRowsMut,
    scores: bool,
) -> PolyaStatus {
    unsafe {
        by_row(call, out, |i, row: &mut PolyaJudgement, call| {
            same_count(input.count, out.count)?;
            let raw: PolyaAnswerItem = read(input, i);
            let item = AnswerItem {
                id: raw.item_id,
                question: str_of(raw.question)?,
                heuristic: str_of(raw.heuristic)?,
                answer: str_of(raw.answer)?,
                transcript: messages(raw.transcript)?,
            };
            let judgement = role::<T>(instance).judge(&item, call)?;
            let arena = Arena(call.raw);
            row.segments = arena.rows(&judgement.segments, |s| {
                let span = PolyaSpan { begin: s.bytes.start as u64, end: s.bytes.end as u64 };
                Ok(PolyaSegment { span, label: arena.text(&s.label)?, weight: s.weight })
            })?;
            if scores {
                row.adherence = judgement.adherence;
                row.confidence = judgement.confidence;
                row.notes = arena.notes(&judgement.notes)?;
            }
            Ok(())
        })
    }
}

unsafe extern "C" fn segment<T: JudgingStrategy>(
    instance: Instance,
    call: CallPointer,
    input: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe { judged::<T>(instance, call, input, out, false) }
}

unsafe extern "C" fn judge<T: JudgingStrategy>(
    instance: Instance,
    call: CallPointer,
    input: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe { judged::<T>(instance, call, input, out, true) }
}
