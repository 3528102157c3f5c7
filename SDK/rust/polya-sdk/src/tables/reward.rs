//! The C table of a reward.

use super::*;
use std::borrow::Cow;

table!(OfReward, Reward, REWARD, PolyaReward, { describe: Some(describe_reward::<T>), score: Some(judge_answers::<T>) });

unsafe extern "C" fn describe_reward<T: Reward>(
    instance: Instance,
    call: CallPointer,
    out: *mut PolyaRewardInfo,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            let reward = role::<T>(instance);
            let arena = Arena(call.raw);
            ((*out).low, (*out).high) = reward.range();
            (*out).components = arena.rows(&reward.components(), |c| {
                let (low, high) = c.range;
                Ok(PolyaComponent { name: arena.text(&c.name)?, help: arena.text(&c.help)?, low, high })
            })?;
            Ok(())
        })
    }
}

unsafe fn reward_item<'a>(raw: PolyaRewardItem) -> Result<RewardItem<'a>, Failure> {
    unsafe {
        Ok(RewardItem {
            id: raw.item_id,
            group: raw.group_id,
            question: str_of(raw.question)?,
            completion: str_of(raw.completion)?,
            completion_raw: slice(raw.completion_raw.data, raw.completion_raw.size),
            reference: str_of(raw.reference)?,
            reference_kind: str_of(raw.reference_kind)?,
            meta_json: str_of(raw.meta_json)?,
            tokens: slice(raw.tokens.ids, raw.tokens.count),
            logprobs: slice(raw.logprobs, raw.tokens.count),
        })
    }
}

unsafe extern "C" fn judge_answers<T: Reward>(
    instance: Instance,
    call: CallPointer,
    input: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        by_row(call, out, |i, row: &mut PolyaRewardResult, call| {
            same_count(input.count, out.count)?;
            let arena = Arena(call.raw);
            let Verdict::Scored(score) = role::<T>(instance).score(&reward_item(read(input, i))?, call)?
            else {
                row.verdict = VERDICT_ABSTAIN;
                return Ok(());
            };
            row.verdict = VERDICT_SCORED;
            row.score = score.value;
            row.confidence = score.confidence;
            row.components = arena.copy(&score.components)?;
            row.extracted = match score.extracted {
                Cow::Borrowed(part) => borrowed(part),
                Cow::Owned(text) => arena.text(&text)?,
            };
            row.notes = arena.notes(&score.notes)?;
            Ok(())
        })
    }
}
