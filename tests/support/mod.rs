//! What integration tests share.

#[expect(clippy::allow_attributes, reason = "`expect` would fail in the tests that use all of it")]
#[allow(dead_code, reason = "each test uses a part of it")]
pub(crate) mod youtube;
