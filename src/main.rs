//! The `mannameter` program.

fn main() {}
