//! The C tables of rewards.

use super::*;
use std::borrow::Cow;
use std::collections::HashMap;

table!(OfReward, Reward, REWARD, PolyaReward, {
    describe: Some(describe_reward::<T>), score: Some(judge_answers::<T>),
});
table!(OfGroupReward, GroupReward, REWARD, PolyaReward, traits TRAIT_WHOLE_GROUPS, {
    describe: Some(describe_group_reward::<T>), score: Some(judge_groups::<T>),
});

unsafe fn describe(
    call: CallPointer,
    out: *mut PolyaRewardInfo,
    range: (f64, f64),
    components: &[Component],
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            let arena = Arena(call.raw);
            ((*out).low, (*out).high) = range;
            (*out).components = arena.rows(components, |c| {
                let (low, high) = c.range;
                Ok(PolyaComponent { name: arena.text(&c.name)?, help: arena.text(&c.help)?, low, high })
            })?;
            Ok(())
        })
    }
}

unsafe extern "C" fn describe_reward<T: Reward>(
    instance: Instance,
    call: CallPointer,
    out: *mut PolyaRewardInfo,
) -> PolyaStatus {
    unsafe {
        let reward = role::<T>(instance);
        describe(call, out, reward.range(), &reward.components())
    }
}

unsafe extern "C" fn describe_group_reward<T: GroupReward>(
    instance: Instance,
    call: CallPointer,
    out: *mut PolyaRewardInfo,
) -> PolyaStatus {
    unsafe {
        let reward = role::<T>(instance);
        describe(call, out, reward.range(), &reward.components())
    }
}

fn fill(row: &mut PolyaRewardResult, verdict: Verdict, arena: &Arena) -> Result<(), Failure> {
    let score = match verdict {
        Verdict::Abstain(notes) => {
            row.verdict = VERDICT_ABSTAIN;
            row.notes = arena.notes(&notes)?;
            return Ok(());
        }
        Verdict::Scored(score) => score,
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
    row.detail_json = arena.text(&score.detail_json)?;
    Ok(())
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
            let item = RewardItem::read(read(input, i))?;
            fill(row, role::<T>(instance).score(&item, call)?, &Arena(call.raw))
        })
    }
}

/// The rows of one group, and what came of them when the first was asked for.
#[derive(Default)]
struct Group<'a> {
    items: Vec<RewardItem<'a>>,
    verdicts: Option<Result<std::vec::IntoIter<Verdict<'a>>, Failure>>,
}

unsafe extern "C" fn judge_groups<T: GroupReward>(
    instance: Instance,
    call: CallPointer,
    input: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    let mut owners = Vec::new();
    let groups = std::cell::RefCell::new(HashMap::<u64, Group>::new());
    unsafe {
        let status = answer(call, |_| {
            same_count(input.count, out.count)?;
            for i in 0..input.count {
                let item = RewardItem::read(read(input, i))?;
                owners.push(item.group);
                groups.borrow_mut().entry(item.group).or_default().items.push(item);
            }
            Ok(())
        });
        if status != OK {
            return status;
        }
        by_row(call, out, |i, row: &mut PolyaRewardResult, call| {
            let mut groups = groups.borrow_mut();
            let group = groups.entry(owners[i as usize]).or_default();
            let verdicts = group.verdicts.get_or_insert_with(|| {
                let found = caught(|| role::<T>(instance).score(&group.items, call))?;
                if found.len() == group.items.len() {
                    return Ok(found.into_iter());
                }
                let message = format!("{} verdicts for a group of {}", found.len(), group.items.len());
                Err(Failure::new(Code::Internal, message))
            });
            match verdicts {
                Err(failure) => Err(failure.clone()),
                Ok(verdicts) => match verdicts.next() {
                    Some(verdict) => fill(row, verdict, &Arena(call.raw)),
                    None => Err(Failure::new(Code::Internal, "the group has no more verdicts")),
                },
            }
        })
    }
}
