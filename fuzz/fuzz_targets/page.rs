//! Any text as a page of every shape. Finds panics and endless loops.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    xtask::docs::anything::page(text);
});
