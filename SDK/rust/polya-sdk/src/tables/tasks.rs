//! The C table of a task source.

use super::*;

table!(OfTasks, Tasks, TASKS, PolyaTasks, {
    describe: Some(describe_tasks::<T>), produce: Some(produce::<T>), demonstrate: Some(demonstrate::<T>),
});

unsafe extern "C" fn describe_tasks<T: Tasks>(
    instance: Instance,
    call: CallPointer,
    out: *mut PolyaTasksInfo,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            let tasks = role::<T>(instance);
            let arena = Arena(call.raw);
            (*out).splits = arena.rows(&tasks.splits(), |s| {
                Ok(PolyaSplit {
                    name: arena.text(&s.name)?,
                    help: arena.text(&s.help)?,
                    count: s.count.unwrap_or(0),
                    out_of_distribution: s.out_of_distribution.into(),
                    zero: 0,
                })
            })?;
            (*out).heuristics = arena.heuristics(&tasks.heuristics())?;
            Ok(())
        })
    }
}

fn check_place(splits: &[Split], place: TaskPlace) -> Result<(), Failure> {
    let name = place.split;
    match splits.iter().find(|split| split.name == name) {
        None => Err(Failure::new(Code::NotFound, format!("there is no split '{name}'"))),
        Some(Split { count: Some(count), .. }) if place.index >= *count => Err(Failure::new(
            Code::NotFound,
            format!("the split '{name}' has {count} tasks, there is no {}", place.index),
        )),
        Some(_) => Ok(()),
    }
}

unsafe extern "C" fn produce<T: Tasks>(
    instance: Instance,
    call: CallPointer,
    range: *const PolyaTaskRange,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        let range = &*range;
        let status = answer(call, |_| {
            same_count(range.count, out.count)?;
            let last = range.first.saturating_add(range.count.saturating_sub(1));
            let place = TaskPlace { split: str_of(range.split)?, index: last, seed: range.seed };
            if range.count > 0 { check_place(&role::<T>(instance).splits(), place) } else { Ok(()) }
        });
        if status != OK {
            return status;
        }
        by_row(call, out, |i, row: &mut PolyaTask, call| {
            let arena = Arena(call.raw);
            let place = TaskPlace { split: str_of(range.split)?, index: range.first + i, seed: range.seed };
            let task = role::<T>(instance).task(place, call)?;
            row.key = arena.text(&task.key)?;
            row.question = arena.text(&task.question)?;
            row.reference = arena.text(&task.reference)?;
            row.reference_kind = arena.text(&task.reference_kind)?;
            row.kind = arena.text(&task.kind)?;
            row.level = task.level;
            row.metadata_json = arena.text(&task.metadata_json)?;
            Ok(())
        })
    }
}

unsafe extern "C" fn demonstrate<T: Tasks>(
    instance: Instance,
    call: CallPointer,
    input: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        by_row(call, out, |i, row: &mut PolyaDemonstration, call| {
            same_count(input.count, out.count)?;
            let tasks = role::<T>(instance);
            let raw: PolyaDemonstrationItem = read(input, i);
            let place = TaskPlace { split: str_of(raw.split)?, index: raw.index, seed: raw.seed };
            check_place(&tasks.splits(), place)?;
            match tasks.demonstrate(str_of(raw.heuristic)?, place, call)? {
                Some(solution) => row.solution = Arena(call.raw).text(&solution)?,
                None => row.status = UNSUPPORTED,
            }
            Ok(())
        })
    }
}
