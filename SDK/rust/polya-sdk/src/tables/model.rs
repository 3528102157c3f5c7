//! The C table of a model.

use super::*;

table!(OfModel, Model, MODEL, PolyaModel, {
    info: Some(info::<T>), encode: Some(encode::<T>), decode: Some(decode::<T>),
    render: if T::CHATS { Some(render::<T>) } else { None }, generate: Some(generate::<T>), score: Some(score::<T>),
    forward: None, backward: None, drop: None, step: None, save: None, load: None,
    embed: if T::EMBEDS { Some(embed::<T>) } else { None },
});
table!(OfTrainableModel, TrainableModel, MODEL, PolyaModel, {
    info: Some(info::<T>), encode: Some(encode::<T>), decode: Some(decode::<T>),
    render: if T::CHATS { Some(render::<T>) } else { None }, generate: Some(generate::<T>), score: Some(score::<T>),
    forward: Some(forward::<T>), backward: Some(backward::<T>), drop: Some(drop_tape::<T>), step: Some(step::<T>),
    save: Some(save::<T>), load: Some(load::<T>), embed: if T::EMBEDS { Some(embed::<T>) } else { None },
});

unsafe extern "C" fn info<T: Model>(
    instance: Instance,
    call: CallPointer,
    out: *mut PolyaModelInfo,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            let info = role::<T>(instance).info();
            let arena = Arena(call.raw);
            let out = &mut *out;
            out.name = arena.text(&info.name)?;
            out.family = arena.text(&info.family)?;
            out.device = arena.text(&info.device)?;
            out.dtype = arena.text(&info.dtype)?;
            out.features =
                if T::CHATS { MODEL_CHAT } else { 0 } | if info.one_forward { MODEL_ONE_FORWARD } else { 0 };
            out.parameters = info.parameters;
            out.vocab_size = info.vocab_size.unwrap_or(-1);
            out.context_length = info.context_length.unwrap_or(-1);
            out.layers = info.layers;
            out.bos = info.bos.unwrap_or(-1);
            out.eos = info.eos.unwrap_or(-1);
            out.tokenizer_hash = info.tokenizer_hash;
            Ok(())
        })
    }
}

unsafe extern "C" fn encode<T: Model>(
    instance: Instance,
    call: CallPointer,
    texts: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            same_count(texts.count, out.count)?;
            for i in 0..texts.count {
                call.check_stop()?;
                let ids = role::<T>(instance).encode(str_of(read(texts, i))?)?;
                write(out, i, &Arena(call.raw).tokens(&ids)?);
            }
            Ok(())
        })
    }
}

unsafe extern "C" fn decode<T: Model>(
    instance: Instance,
    call: CallPointer,
    tokens: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            same_count(tokens.count, out.count)?;
            for i in 0..tokens.count {
                call.check_stop()?;
                let ids: PolyaTokens = read(tokens, i);
                let bytes = role::<T>(instance).decode(slice(ids.ids, ids.count))?;
                write(out, i, &Arena(call.raw).bytes(&bytes)?);
            }
            Ok(())
        })
    }
}

unsafe fn prompt<'a>(raw: PolyaPrompt) -> Result<Prompt<'a>, Failure> {
    unsafe {
        Ok(Prompt {
            id: raw.item_id,
            seed: raw.seed,
            tokens: slice(raw.tokens.ids, raw.tokens.count),
            samples: raw.samples,
            max_tokens: raw.max_tokens,
            temperature: raw.temperature,
            top_p: raw.top_p,
            min_p: raw.min_p,
            top_k: raw.top_k,
            stop: collect(raw.stop, |text: PolyaText| str_of(text))?,
        })
    }
}

unsafe extern "C" fn render<T: Model>(
    instance: Instance,
    call: CallPointer,
    chats: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            same_count(chats.count, out.count)?;
            for i in 0..chats.count {
                call.check_stop()?;
                let ids = role::<T>(instance).render(&messages(read(chats, i))?)?;
                write(out, i, &Arena(call.raw).tokens(&ids)?);
            }
            Ok(())
        })
    }
}

unsafe extern "C" fn embed<T: Model>(
    instance: Instance,
    call: CallPointer,
    tokens: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            same_count(tokens.count, out.count)?;
            for i in 0..tokens.count {
                call.check_stop()?;
                let ids: PolyaTokens = read(tokens, i);
                let values = role::<T>(instance).embed(slice(ids.ids, ids.count), call)?;
                let row =
                    PolyaEmbedding { values: Arena(call.raw).copy(&values)?, count: values.len() as u64 };
                write(out, i, &row);
            }
            Ok(())
        })
    }
}

unsafe extern "C" fn generate<T: Model>(
    instance: Instance,
    call: CallPointer,
    prompts: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            let arena = Arena(call.raw);
            let prompts = collect(prompts, |raw| prompt(raw))?;
            let samples = role::<T>(instance).generate(&prompts, call)?;
            same_count(samples.len() as u64, out.count)?;
            for (row, sample) in samples.iter().enumerate() {
                let raw = PolyaSample {
                    status: OK,
                    finish: sample.finish as u32,
                    text: arena.bytes(&sample.text)?,
                    tokens: arena.tokens(&sample.tokens)?,
                    logprobs: arena.copy(&sample.logprobs)?,
                    mask: PolyaTokens { ids: std::ptr::null(), count: 0 },
                    mask_ends: PolyaTokens { ids: std::ptr::null(), count: 0 },
                    mask_logmass: std::ptr::null(),
                };
                write(out, row as u64, &raw);
                if let (Some(finished), false) = (call.raw.finished, sample.finish == Finish::Cancelled) {
                    finished(call.raw, row as u64);
                }
            }
            // A model may end its samples early instead of failing: the call says so all the same.
            call.check_stop()
        })
    }
}

unsafe fn sequences<'a>(input: PolyaRows, out: PolyaRowsMut) -> Result<Vec<Sequence<'a>>, Failure> {
    same_count(input.count, out.count)?;
    (0..input.count)
        .map(|i| {
            let raw: PolyaSequence = unsafe { read(input, i) };
            let row: PolyaScored = unsafe { read_at(out.base, out.stride, i) };
            if raw.from < 1 || raw.from > raw.tokens.count {
                let message =
                    format!("a sequence of {} tokens is to be scored from {}", raw.tokens.count, raw.from);
                return Err(Failure::new(Code::BadArgument, message));
            }
            Ok(Sequence {
                tokens: unsafe { slice(raw.tokens.ids, raw.tokens.count) },
                from: raw.from as usize,
                group: raw.group,
                temperature: if raw.temperature == 0.0 { 1.0 } else { raw.temperature },
                wants_entropies: !row.entropies.is_null(),
            })
        })
        .collect()
}

unsafe fn fill(out: PolyaRowsMut, sequences: &[Sequence], scored: &[Scored]) -> Result<(), Failure> {
    same_count(scored.len() as u64, out.count)?;
    for (i, (sequence, scored)) in sequences.iter().zip(scored).enumerate() {
        let row: PolyaScored = unsafe { read_at(out.base, out.stride, i as u64) };
        let count = sequence.tokens.len() - sequence.from;
        for (to, values) in [(row.logprobs, &scored.logprobs), (row.entropies, &scored.entropies)] {
            if to.is_null() {
                continue;
            }
            if values.len() != count {
                return Err(Failure::new(
                    Code::Internal,
                    format!("{} numbers for {count} tokens", values.len()),
                ));
            }
            unsafe { to.copy_from_nonoverlapping(values.as_ptr(), count) };
        }
    }
    Ok(())
}

unsafe extern "C" fn score<T: Model>(
    instance: Instance,
    call: CallPointer,
    input: PolyaRows,
    out: PolyaRowsMut,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            let asked = sequences(input, out)?;
            fill(out, &asked, &role::<T>(instance).score(&asked, call)?)
        })
    }
}

unsafe extern "C" fn forward<T: TrainableModel>(
    instance: Instance,
    call: CallPointer,
    input: PolyaRows,
    out: PolyaRowsMut,
    tape: *mut *mut PolyaTape,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            let asked = sequences(input, out)?;
            let (scored, kept) = role_mut::<T>(instance).forward(&asked, call)?;
            fill(out, &asked, &scored)?;
            *tape = Box::into_raw(Box::new(kept)).cast();
            Ok(())
        })
    }
}

unsafe extern "C" fn backward<T: TrainableModel>(
    instance: Instance,
    call: CallPointer,
    tape: *mut PolyaTape,
    gradients: PolyaRows,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            let kept = Box::from_raw(tape.cast::<T::Tape>());
            let gradients = collect(gradients, |g: PolyaGradient| {
                Ok(Gradient {
                    logprobs: slice(g.dlogprobs, g.count),
                    entropies: slice(g.dentropies, g.count),
                })
            })?;
            role_mut::<T>(instance).backward(*kept, &gradients, call)
        })
    }
}

unsafe extern "C" fn drop_tape<T: TrainableModel>(_: Instance, tape: *mut PolyaTape) {
    // A panic in a destructor has nowhere to be reported.
    let _ = caught(|| {
        drop(unsafe { Box::from_raw(tape.cast::<T::Tape>()) });
        Ok(())
    });
}

unsafe extern "C" fn step<T: TrainableModel>(
    instance: Instance,
    call: CallPointer,
    request: *const PolyaStep,
    out: *mut PolyaStepReport,
) -> PolyaStatus {
    unsafe {
        answer(call, |call| {
            let request = &*request;
            let step = Step {
                learning_rate: request.learning_rate,
                beta1: request.beta1,
                beta2: request.beta2,
                epsilon: request.epsilon,
                weight_decay: request.weight_decay,
                clip_norm: request.clip_norm,
                gradient_scale: request.gradient_scale,
                index: request.index,
            };
            let report = role_mut::<T>(instance).step(&step, call)?;
            (*out).skipped = report.skipped.into();
            (*out).step = report.step;
            (*out).gradient_norm = report.gradient_norm;
            (*out).update_norm = report.update_norm;
            Ok(())
        })
    }
}

unsafe extern "C" fn save<T: TrainableModel>(
    instance: Instance,
    call: CallPointer,
    folder: PolyaText,
) -> PolyaStatus {
    unsafe { answer(call, |call| role_mut::<T>(instance).save(str_of(folder)?, call)) }
}

unsafe extern "C" fn load<T: TrainableModel>(
    instance: Instance,
    call: CallPointer,
    folder: PolyaText,
) -> PolyaStatus {
    unsafe { answer(call, |call| role_mut::<T>(instance).load(str_of(folder)?, call)) }
}
