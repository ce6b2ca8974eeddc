//! What a module without the standard library brings along: an allocator, and an end for panics.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::Cell;
use core::panic::PanicInfo;
use core::ptr;

const PAGE: usize = 1 << 16;

/// Takes memory from the end of what there is, a page at a time, and gives none back.
struct Bump {
    /// The next free byte, and the end of the pages that were taken.
    free: Cell<(usize, usize)>,
}

// SAFETY: a module without the feature `atomics` has one thread.
unsafe impl Sync for Bump {}

// SAFETY: every block lies in pages that were grown for this allocator alone, behind all blocks
// that were handed out before.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (free, end) = self.free.get();
        let start = free.next_multiple_of(layout.align());
        if let Some(next) = start.checked_add(layout.size()).filter(|next| *next <= end) {
            self.free.set((next, end));
            return ptr::with_exposed_provenance_mut(start);
        }
        let pages = layout.size().div_ceil(PAGE);
        let before = wasm32::memory_grow(0, pages);
        if before == usize::MAX {
            return ptr::null_mut();
        }
        // A page is aligned to more than any layout of this module asks for.
        let start = before * PAGE;
        self.free.set((start + layout.size(), start + pages * PAGE));
        ptr::with_exposed_provenance_mut(start)
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static BUMP: Bump = Bump {
    free: Cell::new((0, 0)),
};

/// The core panics on no input; a module without an end for panics does not link.
#[panic_handler]
fn stop(_: &PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}
