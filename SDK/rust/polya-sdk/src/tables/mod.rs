//! The C tables of the roles: each function reads rows, calls the trait, writes rows.
//!
//! Safety, for all `unsafe extern "C"` functions here: the host calls them as the contract says, with an instance that
//! `create()` of the same plugin made, and arguments that live until they return.

use crate::boundary::*;
use crate::*;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::size_of;
use sys::*;

/// A role's function table.
pub(crate) trait Table {
    const KIND: &'static str;
    /// What the role itself demands of the host.
    const TRAITS: u64 = 0;
    fn pointer() -> *const c_void;
}

macro_rules! table {
    ($name:ident, $role:ident, $kind:expr, $raw:ident $(, traits $traits:expr)?, { $($field:ident: $function:expr),* $(,)? }) => {
        pub(crate) struct $name<T>(PhantomData<T>);

        impl<T: $role> $name<T> {
            const TABLE: &'static $raw = &$raw {
                struct_size: size_of::<$raw>() as u32,
                zero: 0,
                $($field: $function),*
            };
        }

        impl<T: $role> Table for $name<T> {
            const KIND: &'static str = $kind;
            $(const TRAITS: u64 = $traits;)?
            fn pointer() -> *const c_void {
                std::ptr::from_ref(Self::TABLE).cast()
            }
        }
    };
}

mod model;
mod reward;
mod strategy;
mod tasks;

pub(crate) use model::{OfModel, OfTrainableModel};
pub(crate) use reward::{OfGroupReward, OfReward};
pub(crate) use strategy::{OfSegmentingStrategy, OfStrategy};
pub(crate) use tasks::OfTasks;

type Instance = *mut PolyaInstance;
type CallPointer = *const PolyaCall;

unsafe fn role<'a, T>(instance: Instance) -> &'a T {
    unsafe { &*instance.cast::<T>() }
}

/// The host never makes two calls of one instance at a time.
unsafe fn role_mut<'a, T>(instance: Instance) -> &'a mut T {
    unsafe { &mut *instance.cast::<T>() }
}

unsafe fn collect<R: Copy, V>(
    rows: PolyaRows,
    make: impl Fn(R) -> Result<V, Failure>,
) -> Result<Vec<V>, Failure> {
    (0..rows.count).map(|i| make(unsafe { read(rows, i) })).collect()
}

/// # Safety
/// The rows are the host's.
pub(crate) unsafe fn exemplars<'a>(rows: PolyaRows) -> Result<Vec<Exemplar<'a>>, Failure> {
    unsafe {
        collect(rows, |e: PolyaExemplar| {
            Ok(Exemplar {
                question: str_of(e.question)?,
                heuristic: str_of(e.heuristic)?,
                solution: str_of(e.solution)?,
            })
        })
    }
}

/// # Safety
/// The rows are the host's.
pub(crate) unsafe fn messages<'a>(rows: PolyaRows) -> Result<Vec<MessageView<'a>>, Failure> {
    unsafe {
        collect(rows, |m: PolyaMessage| {
            Ok(MessageView { role: str_of(m.role)?, content: str_of(m.content)? })
        })
    }
}

/// The row of an option.
pub(crate) fn option(spec: &'static OptionSpec) -> PolyaOption {
    let (mut integers, mut reals, mut choices) = ((0, 0), (0.0, 0.0), NO_ROWS);
    let kind = match &spec.kind {
        OptionType::Bool => 1,
        OptionType::Integer(bounds) => {
            integers = bounds.unwrap_or_default();
            2
        }
        OptionType::Real(bounds) => {
            reals = bounds.unwrap_or_default();
            3
        }
        OptionType::Text => 4,
        OptionType::Choice(known) => {
            let row = |c: &'static Choice| PolyaChoice { value: borrowed(c.value), help: borrowed(c.help) };
            choices = leaked(Vec::leak(known.iter().map(row).collect()));
            5
        }
        OptionType::Path => 6,
        OptionType::Bytes => 7,
        OptionType::Seconds => 8,
        OptionType::Secret => 9,
        OptionType::Json => 10,
        OptionType::Model => 11,
    };
    PolyaOption {
        key: borrowed(spec.key),
        help: borrowed(spec.help),
        default_json: borrowed(spec.default_json),
        r#type: kind,
        flags: u32::from(spec.required) | u32::from(spec.list) << 1,
        int_min: integers.0,
        int_max: integers.1,
        real_min: reals.0,
        real_max: reals.1,
        choices,
    }
}
