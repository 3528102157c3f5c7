use crate::sys::{self, PolyaStatus};
use std::fmt;

/// What kind of failure; the host decides by it whether to retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Code {
    Cancelled = 1,
    TimedOut = 2,
    BadArgument = 3,
    BadOption = 4,
    NotFound = 5,
    Unsupported = 6,
    WrongState = 7,
    OutOfMemory = 8,
    Limit = 9,
    Unavailable = 10,
    Io = 11,
    Corrupt = 12,
    Denied = 13,
    Internal = 14,
}

impl Code {
    pub(crate) fn from_raw(status: PolyaStatus) -> Self {
        use Code::*;
        let known = [
            Cancelled,
            TimedOut,
            BadArgument,
            BadOption,
            NotFound,
            Unsupported,
            WrongState,
            OutOfMemory,
            Limit,
            Unavailable,
            Io,
            Corrupt,
            Denied,
        ];
        known.into_iter().find(|code| *code as PolyaStatus == status).unwrap_or(Internal)
    }
}

/// Why a call, or one row of it, failed: what failed, with which value, and what to do.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What kind of failure.
    pub code: Code,
    /// A sentence for the user.
    pub message: String,
}

impl Failure {
    /// A failure with its sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Failure { code, message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// How much a log line matters.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub enum LogLevel {
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
}

/// One call from the host; all threads that work for the call may use it.
pub struct Call<'a> {
    pub(crate) raw: &'a sys::PolyaCall,
}

// SAFETY: the contract says that every function of a PolyaCall may be called from every thread that works for it.
unsafe impl Sync for Call<'_> {}
// SAFETY: as above; the lifetime keeps it from outliving the call.
unsafe impl Send for Call<'_> {}

impl Call<'_> {
    /// With an item's id the only permitted source of randomness.
    pub fn seed(&self) -> u64 {
        self.raw.seed
    }

    /// Threads this call may keep busy, the calling one included.
    pub fn max_threads(&self) -> usize {
        self.raw.max_threads as usize
    }

    pub(crate) fn stop(&self) -> PolyaStatus {
        // SAFETY: raw is the host's call, valid while it runs.
        self.raw.stop.map_or(sys::OK, |stop| unsafe { stop(self.raw) })
    }

    /// Call it at least every 50 ms; an error when the host wants the call to end.
    pub fn check_stop(&self) -> Result<(), Failure> {
        match self.stop() {
            sys::OK => Ok(()),
            2 => Err(Failure::new(Code::TimedOut, "the deadline passed")),
            _ => Err(Failure::new(Code::Cancelled, "the host asked to stop")),
        }
    }

    /// Writes a line to the host's log.
    pub fn log(&self, level: LogLevel, message: &str) {
        if let Some(log) = self.raw.log {
            // SAFETY: the text lives while the function runs.
            unsafe { log(self.raw, level as i32, crate::boundary::borrowed(message)) }
        }
    }
}
