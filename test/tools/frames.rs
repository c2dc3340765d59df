// SPDX-License-Identifier: MIT
// frames.rs - frames.c's where() from Rust.
extern "C" {
    fn r#where() -> i32;
}

mod shop {
    pub struct Box<T>(pub T);

    impl<T: Into<i64> + Copy> Box<T> {
        #[inline(never)]
        pub fn open(&self) -> i64 {
            unsafe { super::r#where() as i64 + self.0.into() }
        }
    }
}

fn main() {
    let sum = shop::Box(3i32).open();
    std::process::exit((sum == 12345) as i32);
}
