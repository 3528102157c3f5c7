//! The C side of the traits: rows, the arena, trampolines, descriptors.

use crate::tables::{self, Table};
use crate::*;
use std::any::Any;
use std::ffi::{CStr, c_char, c_void};
use std::mem::{MaybeUninit, size_of};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use sys::*;

// ---- inputs: only the bytes inside the stride are read ----

/// Row `index`, with zeroes for what the sender does not know.
///
/// # Safety
/// `rows` has more than `index` rows of `T` or of an older or newer version of it; all zeroes are a `T`.
pub(crate) unsafe fn read<T: Copy>(rows: PolyaRows, index: u64) -> T {
    // SAFETY: as the function says.
    unsafe { read_at(rows.base, rows.stride, index) }
}

/// # Safety
/// As [`read`].
pub(crate) unsafe fn read_at<T: Copy>(base: *const c_void, stride: u32, index: u64) -> T {
    let mut row = MaybeUninit::<T>::zeroed();
    // SAFETY: both sides have the smaller of the two sizes.
    unsafe {
        let from = base.cast::<u8>().add(index as usize * stride as usize);
        from.copy_to_nonoverlapping(row.as_mut_ptr().cast(), size_of::<T>().min(stride as usize));
        row.assume_init()
    }
}

/// # Safety
/// `out` has more than `index` rows.
pub(crate) unsafe fn write<T: Copy>(out: PolyaRowsMut, index: u64, row: &T) {
    // SAFETY: both sides have the smaller of the two sizes.
    unsafe {
        let to = out.base.cast::<u8>().add(index as usize * out.stride as usize);
        std::ptr::from_ref(row)
            .cast::<u8>()
            .copy_to_nonoverlapping(to, size_of::<T>().min(out.stride as usize));
    }
}

/// # Safety
/// `count` elements stand at `data`, for as long as the caller says.
pub(crate) unsafe fn slice<'a, T>(data: *const T, count: u64) -> &'a [T] {
    if data.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: as the function says.
    unsafe { std::slice::from_raw_parts(data, count as usize) }
}

/// # Safety
/// As [`slice`].
pub(crate) unsafe fn str_of<'a>(text: PolyaText) -> Result<&'a str, Failure> {
    // SAFETY: as the function says.
    let bytes = unsafe { slice(text.data.cast::<u8>(), text.size) };
    std::str::from_utf8(bytes).map_err(|_| Failure::new(Code::BadArgument, "a text of the host is not UTF-8"))
}

pub(crate) fn same_count(inputs: u64, outputs: u64) -> Result<(), Failure> {
    if inputs == outputs {
        return Ok(());
    }
    Err(Failure::new(Code::BadArgument, format!("there are {inputs} inputs and {outputs} output rows")))
}

pub(crate) fn borrowed(text: &str) -> PolyaText {
    PolyaText { data: text.as_ptr().cast(), size: text.len() as u64 }
}

pub(crate) const NO_ROWS: PolyaRows = PolyaRows { base: std::ptr::null(), count: 0, stride: 0, zero: 0 };

// ---- results: copies in the call's arena ----

pub(crate) struct Arena<'a>(pub &'a PolyaCall);

impl Arena<'_> {
    pub fn copy<T: Copy>(&self, values: &[T]) -> Result<*const T, Failure> {
        if values.is_empty() {
            return Ok(std::ptr::null());
        }
        let Some(alloc) = self.0.alloc else {
            return Err(Failure::new(Code::Internal, "the host has no arena"));
        };
        // SAFETY: the host's memory has the asked size and alignment.
        unsafe {
            let memory = alloc(self.0, size_of_val(values) as u64, align_of::<T>() as u64).cast::<T>();
            if memory.is_null() {
                return Err(Failure::new(Code::OutOfMemory, "no memory for the result"));
            }
            memory.copy_from_nonoverlapping(values.as_ptr(), values.len());
            Ok(memory)
        }
    }

    pub fn text(&self, text: &str) -> Result<PolyaText, Failure> {
        Ok(PolyaText { data: self.copy(text.as_bytes())?.cast(), size: text.len() as u64 })
    }

    pub fn bytes(&self, bytes: &[u8]) -> Result<PolyaBytes, Failure> {
        Ok(PolyaBytes { data: self.copy(bytes)?, size: bytes.len() as u64 })
    }

    pub fn tokens(&self, ids: &[i32]) -> Result<PolyaTokens, Failure> {
        Ok(PolyaTokens { ids: self.copy(ids)?, count: ids.len() as u64 })
    }

    pub fn rows<V, R: Copy>(
        &self,
        values: &[V],
        make: impl Fn(&V) -> Result<R, Failure>,
    ) -> Result<PolyaRows, Failure> {
        let rows = values.iter().map(make).collect::<Result<Vec<R>, Failure>>()?;
        Ok(PolyaRows {
            base: self.copy(&rows)?.cast(),
            count: rows.len() as u64,
            stride: size_of::<R>() as u32,
            zero: 0,
        })
    }

    pub fn heuristics(&self, heuristics: &[Heuristic]) -> Result<PolyaRows, Failure> {
        self.rows(heuristics, |h| {
            Ok(PolyaHeuristic {
                id: self.text(&h.id)?,
                family: self.text(&h.family)?,
                title: self.text(&h.title)?,
                idea: self.text(&h.idea)?,
            })
        })
    }

    pub fn notes(&self, notes: &[Note]) -> Result<PolyaRows, Failure> {
        self.rows(notes, |n| {
            Ok(PolyaNote {
                code: self.text(&n.code)?,
                message: self.text(&n.message)?,
                span: PolyaSpan { begin: n.bytes.start as u64, end: n.bytes.end as u64 },
                severity: n.severity,
                zero: 0,
            })
        })
    }
}

// ---- trampolines: nothing unwinds past them ----

fn words(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the plugin panicked: {}", text.unwrap_or_else(|| "it does not say why".into()))
}

pub(crate) fn caught<V>(body: impl FnOnce() -> Result<V, Failure>) -> Result<V, Failure> {
    catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|panic| Err(Failure::new(Code::Internal, words(panic))))
}

pub(crate) fn report(call: &PolyaCall, failure: &Failure) -> PolyaStatus {
    let status = failure.code as PolyaStatus;
    // SAFETY: the sentence lives while the function runs.
    call.fail.map_or(status, |fail| unsafe { fail(call, status, borrowed(&failure.message)) })
}

/// One answer for the whole call.
///
/// # Safety
/// `call` is the host's.
pub(crate) unsafe fn answer(
    call: *const PolyaCall,
    body: impl FnOnce(&Call) -> Result<(), Failure>,
) -> PolyaStatus {
    // SAFETY: as the function says.
    let raw = unsafe { &*call };
    match caught(|| body(&Call { raw })) {
        Ok(()) => OK,
        Err(failure) => report(raw, &failure),
    }
}

/// Row by row: a row that fails, fails alone, unless the host has asked to stop. `work` gives the row and its status.
///
/// # Safety
/// `call` and `out` are the host's; all zeroes are a `Row`, whose first field is its status.
pub(crate) unsafe fn by_row<Row: Copy>(
    call: *const PolyaCall,
    out: PolyaRowsMut,
    work: impl Fn(u64, &mut Row, &Call) -> Result<(), Failure>,
) -> PolyaStatus {
    // SAFETY: as the function says.
    let raw = unsafe { &*call };
    let call = Call { raw };
    for index in 0..out.count {
        let stop = call.stop();
        if stop != OK {
            return stop;
        }
        // SAFETY: all zeroes are a row.
        let mut row: Row = unsafe { MaybeUninit::zeroed().assume_init() };
        if let Err(failure) = caught(|| work(index, &mut row, &call)) {
            let stop = call.stop();
            if stop != OK {
                return stop;
            }
            // SAFETY: a row starts with its status.
            unsafe {
                row = MaybeUninit::zeroed().assume_init();
                std::ptr::from_mut(&mut row).cast::<PolyaStatus>().write(report(raw, &failure));
            }
        }
        // SAFETY: the index is below the count.
        unsafe { write(out, index, &row) };
        if let Some(finished) = raw.finished {
            // SAFETY: the host's function.
            unsafe { finished(raw, index) };
        }
    }
    OK
}

// ---- descriptors: never freed, the host may read them until the process ends ----

/// The plugins of one shared object.
pub struct Contents {
    name: &'static str,
    version: &'static str,
    plugins: Vec<&'static PolyaPlugin>,
}

struct Entry {
    module: PolyaModule,
    plugins: Vec<&'static PolyaPlugin>,
}

// SAFETY: written once, before it is shared, and constant afterwards.
unsafe impl Sync for Entry {}
// SAFETY: as above.
unsafe impl Send for Entry {}

static ENTRY: OnceLock<Entry> = OnceLock::new();

unsafe extern "C" fn plugin_at(index: u32) -> *const PolyaPlugin {
    let plugin = ENTRY.get().and_then(|entry| entry.plugins.get(index as usize));
    plugin.map_or(std::ptr::null(), |plugin| *plugin)
}

/// What `polya_plugin_entry` returns.
///
/// # Safety
/// `host` is what the host gave to `polya_plugin_entry`.
pub unsafe fn entry(host: *const PolyaHost, contents: impl FnOnce() -> Contents) -> *const PolyaModule {
    let made = catch_unwind(AssertUnwindSafe(|| ENTRY.get_or_init(|| contents().entry())));
    made.map_or_else(
        |panic| {
            // SAFETY: as the function says.
            if let Some((host, log)) =
                unsafe { host.as_ref() }.and_then(|host| host.log.map(|log| (host, log)))
            {
                // SAFETY: the texts live while the function runs.
                unsafe { log(host, LogLevel::Error as i32, borrowed(""), borrowed(&words(panic))) };
            }
            std::ptr::null()
        },
        |entry| &entry.module,
    )
}

impl Contents {
    /// None yet.
    pub fn new(name: &'static str, version: &'static str) -> Self {
        Contents { name, version, plugins: Vec::new() }
    }

    /// Adds a strategy.
    pub fn strategy<T: Strategy>(self) -> Self {
        self.adding::<T, tables::OfStrategy<T>>()
    }
    /// Adds a strategy that labels the parts of answers.
    pub fn segmenting_strategy<T: SegmentingStrategy>(self) -> Self {
        self.adding::<T, tables::OfSegmentingStrategy<T>>()
    }
    /// Adds a reward.
    pub fn reward<T: Reward>(self) -> Self {
        self.adding::<T, tables::OfReward<T>>()
    }
    /// Adds a reward that judges whole groups.
    pub fn group_reward<T: GroupReward>(self) -> Self {
        self.adding::<T, tables::OfGroupReward<T>>()
    }
    /// Adds a task source.
    pub fn tasks<T: Tasks>(self) -> Self {
        self.adding::<T, tables::OfTasks<T>>()
    }
    /// Adds a model.
    pub fn model<T: Model>(self) -> Self {
        self.adding::<T, tables::OfModel<T>>()
    }
    /// Adds a model that learns.
    pub fn trainable_model<T: TrainableModel>(self) -> Self {
        self.adding::<T, tables::OfTrainableModel<T>>()
    }

    fn adding<P: Plugin, T: Table>(mut self) -> Self {
        self.plugins.push(describe::<P, T>(self.version));
        self
    }

    fn entry(self) -> Entry {
        let module = PolyaModule {
            struct_size: size_of::<PolyaModule>() as u32,
            magic: MAGIC,
            abi_major: ABI_MAJOR,
            abi_minor: ABI_MINOR,
            needs_minor: 0,
            zero: 0,
            plugin_count: self.plugins.len() as u32,
            zero2: 0,
            name: borrowed(self.name),
            version: borrowed(self.version),
            toolchain: borrowed("rust"),
            plugin_at: Some(plugin_at),
        };
        Entry { module, plugins: self.plugins }
    }
}

fn describe<P: Plugin, T: Table>(version: &'static str) -> &'static PolyaPlugin {
    let specs: &'static [OptionSpec] = Vec::leak(P::options());
    let options: &'static [PolyaOption] = Vec::leak(specs.iter().map(tables::option).collect());
    Box::leak(Box::new(PolyaPlugin {
        struct_size: size_of::<PolyaPlugin>() as u32,
        zero: 0,
        traits: P::ABOUT.traits | T::TRAITS,
        id: borrowed(P::ABOUT.id),
        kind: borrowed(T::KIND),
        version: borrowed(version),
        title: borrowed(P::ABOUT.title),
        summary: borrowed(P::ABOUT.summary),
        guide: borrowed(P::ABOUT.guide),
        options: leaked(options),
        user: std::ptr::null_mut(),
        create: Some(create::<P>),
        destroy: Some(destroy::<P>),
        interrupt: None,
        table: Some(table::<T>),
    }))
}

pub(crate) fn leaked<T>(rows: &'static [T]) -> PolyaRows {
    PolyaRows { base: rows.as_ptr().cast(), count: rows.len() as u64, stride: size_of::<T>() as u32, zero: 0 }
}

unsafe extern "C" fn create<P: Plugin>(
    _: *const PolyaPlugin,
    call: *const PolyaCall,
    values: PolyaRows,
    out: *mut *mut PolyaInstance,
) -> PolyaStatus {
    // SAFETY: the host's arguments, as the contract says.
    unsafe {
        answer(call, |_| {
            let specs = P::options();
            let instance = P::create(&Options { specs: &specs, values })?;
            *out = Box::into_raw(Box::new(instance)).cast();
            Ok(())
        })
    }
}

unsafe extern "C" fn destroy<P: Plugin>(_: *const PolyaPlugin, instance: *mut PolyaInstance) {
    // A panic in a destructor has nowhere to be reported.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: create() made it, and the host destroys it once.
        drop(unsafe { Box::from_raw(instance.cast::<P>()) });
    }));
}

unsafe extern "C" fn table<T: Table>(_: *const PolyaPlugin, id: *const c_char) -> *const c_void {
    // SAFETY: the host's id is NUL-terminated.
    if unsafe { CStr::from_ptr(id) }.to_bytes() == T::KIND.as_bytes() {
        T::pointer()
    } else {
        std::ptr::null()
    }
}
