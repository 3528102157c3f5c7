//! Plugins for polya in Rust: implement a trait, list the types in [`export!`].
//!
//! Inputs are borrowed from the host and die with the call; results are copied for it. An `Err` becomes a status and a
//! sentence, a panic becomes an internal error of its row: neither crosses the interface. Build a `cdylib` with
//! `panic = "unwind"`.
//!
//! ```
//! use polya_sdk::*;
//!
//! struct Short;
//!
//! impl Plugin for Short {
//!     const ABOUT: About = About::new("org.example.short", "Short", "Prefers short answers.");
//!     fn create(_: &Options) -> Result<Self, Failure> { Ok(Short) }
//! }
//!
//! impl Reward for Short {
//!     fn range(&self) -> (f64, f64) { (0.0, 1.0) }
//!     fn score<'a>(&self, item: &RewardItem<'a>, _: &Call) -> Result<Verdict<'a>, Failure> {
//!         Ok(Verdict::Scored(Score::new(if item.completion.len() < 100 { 1.0 } else { 0.0 })))
//!     }
//! }
//!
//! export! { name: "short", version: "0.1.0", plugins: [reward Short] }
//! ```

mod boundary;
mod call;
mod items;
mod model;
mod models;
mod options;
mod reward;
mod strategy;
#[rustfmt::skip]
pub mod sys;
mod tables;
mod tasks;

pub use call::{Call, Code, Failure, LogLevel};
pub use items::*;
pub use model::*;
pub use models::BoundModel;
pub use options::{Choice, OptionSpec, OptionType, Options};
pub use reward::*;
pub use strategy::*;
pub use tasks::*;

#[doc(hidden)]
pub use boundary::{Contents, entry};

/// The descriptor of a plugin.
pub struct About {
    /// Reverse domain: "org.example.exact-match".
    pub id: &'static str,
    /// One line for lists.
    pub title: &'static str,
    /// One sentence: what it does and when to use it.
    pub summary: &'static str,
    /// Markdown for `polya plugin help`.
    pub guide: &'static str,
    /// The `POLYA_TRAIT_` bits.
    pub traits: u64,
}

impl About {
    /// A deterministic plugin without guide.
    pub const fn new(id: &'static str, title: &'static str, summary: &'static str) -> Self {
        About { id, title, summary, guide: "", traits: 0 }
    }
}

/// A strategy, a reward, a task source or a model.
pub trait Plugin: Sized + Send + Sync + 'static {
    /// Its descriptor.
    const ABOUT: About;
    /// What a manifest may set.
    fn options() -> Vec<OptionSpec> {
        Vec::new()
    }
    /// An instance for one entry of a manifest; the options are complete and checked.
    fn create(options: &Options) -> Result<Self, Failure>;
}

/// A note on one row.
pub struct Note {
    /// Stable, for machines.
    pub code: String,
    /// A sentence, for people.
    pub message: String,
    /// The bytes it is about.
    pub bytes: std::ops::Range<usize>,
    /// 0 info, 1 warning, 2 fault.
    pub severity: i32,
}

/// The plugins of a shared object, each with its role: `strategy`, `segmenting_strategy`, `reward`,
/// `group_reward`, `tasks`, `model` or `trainable_model`. Once in a crate.
#[macro_export]
macro_rules! export {
    (name: $name:expr, version: $version:expr, plugins: [$($role:ident $plugin:ty),+ $(,)?]) => {
        /// The only function that the host calls by name.
        ///
        /// # Safety
        /// Called by the host, with itself.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn polya_plugin_entry(
            host: *const $crate::sys::PolyaHost,
        ) -> *const $crate::sys::PolyaModule {
            // SAFETY: the host's own argument.
            unsafe { $crate::entry(host, || $crate::Contents::new($name, $version)$(.$role::<$plugin>())+) }
        }
    };
}

#[cfg(test)]
mod tests {
    /// The golden file is made from the C headers by the C compiler.
    #[test]
    fn layout_is_that_of_the_headers() {
        let golden = include_str!("../../../abi/polya-1.1.layout");
        assert_eq!(crate::sys::layout(), golden.lines().collect::<Vec<_>>());
    }
}
