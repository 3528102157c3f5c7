//! The headers of `SDK/include/polya` in Rust, field by field. Plugin authors need the traits, not this.
#![allow(missing_docs)]

use std::ffi::{c_char, c_void};

/// Defines the structs and, for the tests, the layout that the compiler gives them.
macro_rules! c_structs {
    ($(struct $name:ident { $($field:ident: $type:ty),* $(,)? })*) => {
        $(
            #[repr(C)]
            #[derive(Clone, Copy)]
            pub struct $name { $(pub $field: $type),* }
        )*

        #[cfg(test)]
        fn layout() -> Vec<String> {
            let mut lines = Vec::new();
            $(
                lines.push(format!("{} size {}", stringify!($name), size_of::<$name>()));
                $(lines.push(format!(
                    "{}.{} {} {}",
                    stringify!($name),
                    stringify!($field).trim_start_matches("r#"),
                    std::mem::offset_of!($name, $field),
                    size_of::<$type>()
                ));)*
            )*
            lines
        }
    };
}

pub type PolyaStatus = i32;
type Function<T> = Option<T>;

pub const MAGIC: u32 = 0x504C_5941;
pub const ABI_MAJOR: u16 = 1;
pub const ABI_MINOR: u16 = 0;

pub const OK: PolyaStatus = 0;
pub const UNSUPPORTED: PolyaStatus = 6;

pub const STRATEGY: &str = "polya.strategy/1";
pub const REWARD: &str = "polya.reward/1";
pub const MODEL: &str = "polya.model/1";
pub const TASKS: &str = "polya.tasks/1";

pub const MODEL_TOKENIZES: u64 = 1 << 0;
pub const MODEL_LOGPROBS: u64 = 1 << 1;
pub const MODEL_TRAINS: u64 = 1 << 2;
pub const MODEL_SAVES: u64 = 1 << 3;
pub const MODEL_ONE_FORWARD: u64 = 1 << 5;

pub const MOVE_ASK: u32 = 1;
pub const MOVE_ANSWER: u32 = 2;
pub const MOVE_GIVE_UP: u32 = 3;
pub const VERDICT_SCORED: u32 = 1;
pub const VERDICT_ABSTAIN: u32 = 2;

/// The plugin's own.
#[repr(C)]
pub struct PolyaInstance {
    _private: [u8; 0],
}
/// The plugin's own.
#[repr(C)]
pub struct PolyaTape {
    _private: [u8; 0],
}

type Instance = *mut PolyaInstance;
type Call = *const PolyaCall;
type InRows = Function<unsafe extern "C" fn(Instance, Call, PolyaRows, PolyaRowsMut) -> PolyaStatus>;

c_structs! {
    struct PolyaText { data: *const c_char, size: u64 }
    struct PolyaBytes { data: *const u8, size: u64 }
    struct PolyaTokens { ids: *const i32, count: u64 }
    struct PolyaSpan { begin: u64, end: u64 }
    struct PolyaRows { base: *const c_void, count: u64, stride: u32, zero: u32 }
    struct PolyaRowsMut { base: *mut c_void, count: u64, stride: u32, zero: u32 }
    struct PolyaMessage { role: PolyaText, content: PolyaText }
    struct PolyaSegment { span: PolyaSpan, label: PolyaText, weight: f64 }
    struct PolyaNote { code: PolyaText, message: PolyaText, span: PolyaSpan, severity: i32, zero: i32 }
    struct PolyaHeuristic { id: PolyaText, family: PolyaText, title: PolyaText, idea: PolyaText }
    struct PolyaExemplar { question: PolyaText, heuristic: PolyaText, solution: PolyaText }

    struct PolyaHost {
        struct_size: u32, abi_major: u16, abi_minor: u16,
        name: PolyaText, version: PolyaText,
        r#impl: *mut c_void,
        log: Function<unsafe extern "C" fn(*const PolyaHost, i32, PolyaText, PolyaText)>,
        service: Function<unsafe extern "C" fn(*const PolyaHost, *const c_char) -> *const c_void>,
    }
    struct PolyaCall {
        struct_size: u32, max_threads: u32, call_id: u64, seed: u64, deadline_ns: i64,
        host: *const PolyaHost,
        r#impl: *mut c_void,
        alloc: Function<unsafe extern "C" fn(Call, u64, u64) -> *mut c_void>,
        stop: Function<unsafe extern "C" fn(Call) -> PolyaStatus>,
        progress: Function<unsafe extern "C" fn(Call, u64, u64, PolyaText)>,
        fail: Function<unsafe extern "C" fn(Call, PolyaStatus, PolyaText) -> PolyaStatus>,
        log: Function<unsafe extern "C" fn(Call, i32, PolyaText)>,
        finished: Function<unsafe extern "C" fn(Call, u64)>,
    }

    struct PolyaChoice { value: PolyaText, help: PolyaText }
    struct PolyaOption {
        key: PolyaText, help: PolyaText, group: PolyaText, unit: PolyaText, default_json: PolyaText,
        r#type: u32, flags: u32, int_min: i64, int_max: i64, real_min: f64, real_max: f64,
        choices: PolyaRows, replaced_by: PolyaText,
    }
    struct PolyaValue { r#type: u32, is_default: u32, integer: i64, real: f64, text: PolyaText, list: PolyaRows }

    struct PolyaPlugin {
        struct_size: u32, concurrency: u32, traits: u64,
        id: PolyaText, kind: PolyaText, version: PolyaText, title: PolyaText, summary: PolyaText, guide: PolyaText,
        options: PolyaRows, needs: PolyaRows,
        user: *mut c_void,
        create: Function<unsafe extern "C" fn(*const PolyaPlugin, Call, PolyaRows, *mut Instance) -> PolyaStatus>,
        destroy: Function<unsafe extern "C" fn(*const PolyaPlugin, Instance)>,
        interrupt: Function<unsafe extern "C" fn(*const PolyaPlugin, Instance)>,
        table: Function<unsafe extern "C" fn(*const PolyaPlugin, *const c_char) -> *const c_void>,
    }
    struct PolyaModule {
        struct_size: u32, magic: u32, abi_major: u16, abi_minor: u16, needs_minor: u16, zero: u16,
        plugin_count: u32, zero2: u32,
        name: PolyaText, version: PolyaText, vendor: PolyaText, licence: PolyaText, homepage: PolyaText,
        toolchain: PolyaText,
        plugin_at: Function<unsafe extern "C" fn(u32) -> *const PolyaPlugin>,
        shutdown: Function<unsafe extern "C" fn()>,
    }

    struct PolyaStrategyInfo { struct_size: u32, zero: u32, heuristics: PolyaRows }
    struct PolyaStrategyItem {
        item_id: u64, question: PolyaText, heuristic: PolyaText, exemplars: PolyaRows, transcript: PolyaRows,
        state: PolyaBytes, meta_json: PolyaText, turn: u32, zero: u32,
    }
    struct PolyaStrategyMove {
        status: PolyaStatus, action: u32, phase: PolyaText, messages: PolyaRows, stop: PolyaRows,
        samples: u32, max_tokens: u32, temperature: f64, answer: PolyaText, state: PolyaBytes,
    }
    struct PolyaAnswerItem {
        item_id: u64, question: PolyaText, heuristic: PolyaText, answer: PolyaText, transcript: PolyaRows,
    }
    struct PolyaJudgement {
        status: PolyaStatus, zero: i32, adherence: f64, confidence: f64, segments: PolyaRows, notes: PolyaRows,
    }
    struct PolyaStrategy {
        struct_size: u32, zero: u32,
        describe: Function<unsafe extern "C" fn(Instance, Call, *mut PolyaStrategyInfo) -> PolyaStatus>,
        next: InRows, segment: InRows, judge: InRows,
    }

    struct PolyaRewardItem {
        item_id: u64, group_id: u64, question: PolyaText, completion: PolyaText, completion_raw: PolyaBytes,
        reference: PolyaText, reference_kind: PolyaText, meta_json: PolyaText, tokens: PolyaTokens,
        logprobs: *const f32, segments: PolyaRows,
    }
    struct PolyaRewardResult {
        status: PolyaStatus, verdict: u32, score: f64, confidence: f64, components: *const f64,
        extracted: PolyaText, notes: PolyaRows, detail_json: PolyaText,
    }
    struct PolyaComponent { name: PolyaText, help: PolyaText, low: f64, high: f64 }
    struct PolyaRewardInfo { struct_size: u32, max_batch: u32, low: f64, high: f64, components: PolyaRows }
    struct PolyaReward {
        struct_size: u32, zero: u32,
        describe: Function<unsafe extern "C" fn(Instance, Call, *mut PolyaRewardInfo) -> PolyaStatus>,
        score: InRows,
    }

    struct PolyaModelInfo {
        struct_size: u32, zero: u32,
        name: PolyaText, family: PolyaText, device: PolyaText, dtype: PolyaText,
        features: u64, parameters: u64,
        vocab_size: i32, context_length: i32, bos: i32, eos: i32, pad: i32, max_batch: i32,
        tokenizer_hash: [u8; 32],
    }
    struct PolyaPrompt {
        item_id: u64, seed: u64, messages: PolyaRows, tokens: PolyaTokens, prefix_key: u64,
        samples: u32, max_tokens: u32, temperature: f64, top_p: f64, min_p: f64, top_k: i32, want_logprobs: i32,
        stop: PolyaRows,
    }
    struct PolyaSample {
        status: PolyaStatus, finish: u32, item_id: u64, sample_index: u32, prompt_tokens: u32,
        text: PolyaBytes, tokens: PolyaTokens, logprobs: *const f32,
    }
    struct PolyaGenerate {
        struct_size: u32, zero: u32, prompts: PolyaRows, user: *mut c_void,
        finished: Function<unsafe extern "C" fn(*mut c_void, u64)>,
    }
    struct PolyaSequence { item_id: u64, tokens: PolyaTokens, from: u64, group: u64, temperature: f64 }
    struct PolyaScored { status: PolyaStatus, zero: i32, logprobs: *mut f32, entropies: *mut f32 }
    struct PolyaGradient { dlogprobs: *const f32, dentropies: *const f32, count: u64 }
    struct PolyaStep {
        struct_size: u32, zero: u32, learning_rate: f64, beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64,
        clip_norm: f64, gradient_scale: f64,
    }
    struct PolyaStepReport { struct_size: u32, skipped: u32, step: u64, gradient_norm: f64, update_norm: f64 }
    struct PolyaModel {
        struct_size: u32, zero: u32,
        info: Function<unsafe extern "C" fn(Instance, Call, *mut PolyaModelInfo) -> PolyaStatus>,
        encode: InRows, decode: InRows, render: InRows,
        generate: Function<unsafe extern "C" fn(Instance, Call, *const PolyaGenerate, PolyaRowsMut) -> PolyaStatus>,
        score: InRows,
        forward: Function<
            unsafe extern "C" fn(Instance, Call, PolyaRows, PolyaRowsMut, *mut *mut PolyaTape) -> PolyaStatus>,
        backward: Function<unsafe extern "C" fn(Instance, Call, *mut PolyaTape, PolyaRows) -> PolyaStatus>,
        drop: Function<unsafe extern "C" fn(Instance, *mut PolyaTape)>,
        step: Function<unsafe extern "C" fn(Instance, Call, *const PolyaStep, *mut PolyaStepReport) -> PolyaStatus>,
        save: Function<unsafe extern "C" fn(Instance, Call, PolyaText) -> PolyaStatus>,
        load: Function<unsafe extern "C" fn(Instance, Call, PolyaText) -> PolyaStatus>,
    }

    struct PolyaSplit { name: PolyaText, help: PolyaText, count: u64, out_of_distribution: u32, zero: u32 }
    struct PolyaTasksInfo { struct_size: u32, zero: u32, splits: PolyaRows, heuristics: PolyaRows }
    struct PolyaTaskRange { split: PolyaText, first: u64, count: u64, seed: u64 }
    struct PolyaTask {
        status: PolyaStatus, zero: i32, key: PolyaText, question: PolyaText, reference: PolyaText,
        reference_kind: PolyaText, kind: PolyaText, level: f64, meta_json: PolyaText,
    }
    struct PolyaDemonstrationItem { item_id: u64, split: PolyaText, index: u64, seed: u64, heuristic: PolyaText }
    struct PolyaDemonstration { status: PolyaStatus, zero: i32, solution: PolyaText }
    struct PolyaTasks {
        struct_size: u32, zero: u32,
        describe: Function<unsafe extern "C" fn(Instance, Call, *mut PolyaTasksInfo) -> PolyaStatus>,
        produce: Function<unsafe extern "C" fn(Instance, Call, *const PolyaTaskRange, PolyaRowsMut) -> PolyaStatus>,
        demonstrate: InRows,
    }

    struct PolyaRandom {
        struct_size: u32, zero: u32,
        fill: Function<unsafe extern "C" fn(Call, u64, u64, *mut u64, u64)>,
    }
}

#[cfg(test)]
mod tests {
    /// The golden file is made from the C headers by the C compiler.
    #[test]
    fn layout_is_that_of_the_headers() {
        let golden = include_str!("../../../abi/polya-1.0.layout");
        assert_eq!(super::layout(), golden.lines().collect::<Vec<_>>());
    }
}
