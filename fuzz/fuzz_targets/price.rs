//! Any text as price statements; what is printed of one reads as itself.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    xtask::docs::anything::prices(text);
});
