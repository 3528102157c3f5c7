use crate::boundary::{read, str_of};
use crate::{Code, Failure, sys};

/// The type of an option's value, with its bounds.
#[allow(missing_docs)]
pub enum OptionType {
    Bool,
    /// None: open.
    Integer(Option<(i64, i64)>),
    /// None: open.
    Real(Option<(f64, f64)>),
    Text,
    /// One of the named values.
    Choice(Vec<Choice>),
    /// Relative to the manifest; arrives absolute.
    Path,
    Bytes,
    Seconds,
    /// "env:NAME" or "file:PATH"; arrives resolved, is never logged.
    Secret,
    Json,
    Model,
}

/// A value of a choice.
pub struct Choice {
    /// What the manifest says.
    pub value: &'static str,
    /// One sentence.
    pub help: &'static str,
}

/// One option of a plugin.
pub struct OptionSpec {
    /// [a-z][a-z0-9-]*, unique in the plugin.
    pub key: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// Type and bounds.
    pub kind: OptionType,
    /// A JSON literal; empty: none.
    pub default_json: &'static str,
    /// Whether the manifest must set it.
    pub required: bool,
    /// Whether the value is a list.
    pub list: bool,
}

impl OptionSpec {
    /// An option with a default as JSON, or without one when it is empty.
    pub const fn new(
        key: &'static str,
        kind: OptionType,
        default_json: &'static str,
        help: &'static str,
    ) -> Self {
        OptionSpec { key, help, kind, default_json, required: false, list: false }
    }
}

/// The values of one instance, complete and checked by the host.
pub struct Options<'a> {
    pub(crate) specs: &'a [OptionSpec],
    pub(crate) values: sys::PolyaRows,
}

impl Options<'_> {
    fn find(&self, key: &str) -> Result<sys::PolyaValue, Failure> {
        match self.specs.iter().position(|spec| spec.key == key) {
            // SAFETY: the host sends one value per option.
            Some(index) if (index as u64) < self.values.count => {
                Ok(unsafe { read(self.values, index as u64) })
            }
            _ => Err(Failure::new(Code::Internal, format!("the option '{key}' is not declared"))),
        }
    }

    fn present(&self, key: &str) -> Result<sys::PolyaValue, Failure> {
        let value = self.find(key)?;
        if value.r#type == 0 {
            return Err(Failure::new(Code::BadOption, format!("the option '{key}' is missing")));
        }
        Ok(value)
    }

    /// Whether it was given or has a default.
    pub fn has(&self, key: &str) -> Result<bool, Failure> {
        Ok(self.find(key)?.r#type != 0)
    }

    /// A bool option.
    pub fn bool(&self, key: &str) -> Result<bool, Failure> {
        Ok(self.present(key)?.integer != 0)
    }

    /// An integer, or a size in bytes.
    pub fn integer(&self, key: &str) -> Result<i64, Failure> {
        Ok(self.present(key)?.integer)
    }

    /// A number, or a duration in seconds.
    pub fn real(&self, key: &str) -> Result<f64, Failure> {
        Ok(self.present(key)?.real)
    }

    /// A text, choice, absolute path, secret, JSON text or name.
    pub fn text(&self, key: &str) -> Result<String, Failure> {
        // SAFETY: the host's value lives while the instance is made.
        unsafe { str_of(self.present(key)?.text) }.map(str::to_owned)
    }

    /// A list of strings.
    pub fn texts(&self, key: &str) -> Result<Vec<String>, Failure> {
        let list = self.present(key)?.list;
        // SAFETY: as above.
        (0..list.count)
            .map(|i| unsafe { str_of(read::<sys::PolyaValue>(list, i).text) }.map(str::to_owned))
            .collect()
    }
}
