use crate::boundary::{Arena, borrowed, read_at, slice, str_of};
use crate::sys::*;
use crate::{Call, Code, Failure, Finish, Message, ModelInfo, Prompt, Sample, Scored, Sequence};

/// A model of the manifest that a MODEL option of the plugin names. Any thread of the call may use it; calls wait for each
/// other.
pub struct BoundModel<'a> {
    raw: &'a PolyaCall,
    name: &'a str,
    table: &'a PolyaModels,
}

// SAFETY: the contract says that every thread of the call may use the service.
unsafe impl Sync for BoundModel<'_> {}
// SAFETY: as above; the lifetime keeps it from outliving the call.
unsafe impl Send for BoundModel<'_> {}

impl<'a> Call<'a> {
    /// The model that a MODEL option names; `name`: the text that arrived there.
    pub fn model(&self, name: &'a str) -> Result<BoundModel<'a>, Failure> {
        let unsupported = || Failure::new(Code::Unsupported, "this host does not lend models to plugins");
        // SAFETY: the host outlives its calls, and gives the table of the id that is asked for, or null.
        unsafe {
            let host = &*self.raw.host;
            let service = host.service.ok_or_else(unsupported)?;
            let table = service(host, c"polya.host.models/1".as_ptr()).cast::<PolyaModels>();
            Ok(BoundModel { raw: self.raw, name, table: table.as_ref().ok_or_else(unsupported)? })
        }
    }
}

impl BoundModel<'_> {
    /// Name, sizes and identity of the model.
    pub fn info(&self) -> Result<ModelInfo, Failure> {
        // SAFETY: all zeroes are an info; the host fills it, and its texts live as long as the call.
        unsafe {
            let mut raw: PolyaModelInfo = std::mem::zeroed();
            raw.struct_size = size_of::<PolyaModelInfo>() as u32;
            let ask = self.table.info.ok_or_else(missing)?;
            self.check(ask(self.raw, borrowed(self.name), &mut raw))?;
            let known = |id: i32| (id >= 0).then_some(id);
            Ok(ModelInfo {
                name: str_of(raw.name)?.into(),
                family: str_of(raw.family)?.into(),
                device: str_of(raw.device)?.into(),
                dtype: str_of(raw.dtype)?.into(),
                one_forward: raw.features & MODEL_ONE_FORWARD != 0,
                parameters: raw.parameters,
                vocab_size: known(raw.vocab_size),
                context_length: known(raw.context_length),
                layers: raw.layers,
                bos: known(raw.bos),
                eos: known(raw.eos),
                tokenizer_hash: raw.tokenizer_hash,
            })
        }
    }

    /// Token ids of texts; special tokens are not added.
    pub fn encode(&self, texts: &[&str]) -> Result<Vec<Vec<i32>>, Failure> {
        let rows = Arena(self.raw).rows(texts, |text| Ok(borrowed(text)))?;
        self.tokens(rows, self.table.encode.ok_or_else(missing)?)
    }

    /// Token ids of a prompt for each conversation; its joined contents when the model has no chat template.
    pub fn render(&self, chats: &[Vec<Message>]) -> Result<Vec<Vec<i32>>, Failure> {
        let arena = Arena(self.raw);
        let rows = arena.rows(chats, |chat| {
            arena.rows(chat, |m| Ok(PolyaMessage { role: borrowed(&m.role), content: borrowed(&m.content) }))
        })?;
        self.tokens(rows, self.table.render.ok_or_else(missing)?)
    }

    /// All samples of all prompts, prompt by prompt.
    pub fn generate(&self, prompts: &[Prompt]) -> Result<Vec<Sample>, Failure> {
        let arena = Arena(self.raw);
        let rows = arena.rows(prompts, |prompt| {
            Ok(PolyaPrompt {
                item_id: prompt.id,
                seed: prompt.seed,
                tokens: PolyaTokens { ids: prompt.tokens.as_ptr(), count: prompt.tokens.len() as u64 },
                samples: prompt.samples,
                max_tokens: prompt.max_tokens,
                temperature: prompt.temperature,
                top_p: prompt.top_p,
                min_p: prompt.min_p,
                top_k: prompt.top_k,
                zero: 0,
                stop: arena.rows(&prompt.stop, |stop| Ok(borrowed(stop)))?,
                wants_mask: 0,
                zero2: 0,
            })
        })?;
        let count = prompts.iter().map(|prompt| prompt.samples as usize).sum();
        // SAFETY: the host has filled every place, whose pointers live as long as the call.
        unsafe {
            let out = self.places::<PolyaSample>(count)?;
            let ask = self.table.generate.ok_or_else(missing)?;
            self.check(ask(self.raw, borrowed(self.name), rows, out))?;
            Ok((0..count as u64)
                .map(|index| {
                    let row: PolyaSample = read_at(out.base, out.stride, index);
                    Sample {
                        finish: Finish::from_raw(row.finish),
                        text: slice(row.text.data, row.text.size).to_vec(),
                        tokens: slice(row.tokens.ids, row.tokens.count).to_vec(),
                        logprobs: slice(row.logprobs, row.tokens.count).to_vec(),
                    }
                })
                .collect())
        }
    }

    /// Log-probs of `tokens[from..]` of each sequence.
    pub fn score(&self, sequences: &[Sequence]) -> Result<Vec<Scored>, Failure> {
        let rows = Arena(self.raw).rows(sequences, |s| {
            if s.from < 1 || s.from > s.tokens.len() {
                let message =
                    format!("a sequence of {} tokens is to be scored from {}", s.tokens.len(), s.from);
                return Err(Failure::new(Code::BadArgument, message));
            }
            Ok(PolyaSequence {
                item_id: 0,
                tokens: PolyaTokens { ids: s.tokens.as_ptr(), count: s.tokens.len() as u64 },
                from: s.from as u64,
                group: s.group,
                temperature: s.temperature,
                mask: PolyaTokens { ids: std::ptr::null(), count: 0 },
                mask_ends: PolyaTokens { ids: std::ptr::null(), count: 0 },
            })
        })?;
        let mut scored: Vec<Scored> = Vec::new();
        for s in sequences {
            let count = s.tokens.len() - s.from;
            let entropies = vec![0.0; if s.wants_entropies { count } else { 0 }];
            scored.push(Scored { logprobs: vec![0.0; count], entropies });
        }
        // SAFETY: the arrays have the length that the sequences say, and outlive the call of the service.
        unsafe {
            let out = self.places::<PolyaScored>(sequences.len())?;
            for (index, values) in scored.iter_mut().enumerate() {
                let entropies = match values.entropies.is_empty() {
                    true => std::ptr::null_mut(),
                    false => values.entropies.as_mut_ptr(),
                };
                let row =
                    PolyaScored { status: OK, zero: 0, logprobs: values.logprobs.as_mut_ptr(), entropies };
                crate::boundary::write(out, index as u64, &row);
            }
            let ask = self.table.score.ok_or_else(missing)?;
            self.check(ask(self.raw, borrowed(self.name), rows, out))?;
        }
        Ok(scored)
    }

    fn tokens(&self, rows: PolyaRows, ask: Ask) -> Result<Vec<Vec<i32>>, Failure> {
        // SAFETY: the host has filled every place, whose pointers live as long as the call.
        unsafe {
            let out = self.places::<PolyaTokens>(rows.count as usize)?;
            self.check(ask(self.raw, borrowed(self.name), rows, out))?;
            Ok((0..rows.count)
                .map(|index| {
                    let ids: PolyaTokens = read_at(out.base, out.stride, index);
                    slice(ids.ids, ids.count).to_vec()
                })
                .collect())
        }
    }

    /// # Safety
    /// All zeroes are a `Row`.
    unsafe fn places<Row: Copy>(&self, count: usize) -> Result<PolyaRowsMut, Failure> {
        // SAFETY: as the function says.
        let zeroes: Vec<Row> = vec![unsafe { std::mem::zeroed() }; count];
        Ok(PolyaRowsMut {
            base: Arena(self.raw).copy(&zeroes)?.cast_mut().cast(),
            count: count as u64,
            stride: size_of::<Row>() as u32,
            zero: 0,
        })
    }

    fn check(&self, status: PolyaStatus) -> Result<(), Failure> {
        if status == OK {
            return Ok(());
        }
        // SAFETY: the reason lives as long as the call.
        let why = self.table.reason.map_or(Ok(""), |reason| unsafe { str_of(reason(self.raw)) })?;
        let why = if why.is_empty() { "models are lent to calls, not to create" } else { why };
        let message = format!("the model '{}' cannot be asked: {why}", self.name);
        Err(Failure::new(Code::from_raw(status), message))
    }
}

type Ask = unsafe extern "C" fn(*const PolyaCall, PolyaText, PolyaRows, PolyaRowsMut) -> PolyaStatus;

fn missing() -> Failure {
    Failure::new(Code::Unsupported, "the host's models lack a function")
}
