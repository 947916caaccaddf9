//! Compresses stored text with gzip, so that standard tools can read it.

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};

pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("writing to a Vec cannot fail");
    encoder.finish().expect("writing to a Vec cannot fail")
}

/// Decompresses up to the first `limit` bytes. Returns them, and whether that is all of the data.
pub(super) fn decompress_start(bytes: &[u8], limit: usize) -> std::io::Result<(Vec<u8>, bool)> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).take(limit as u64 + 1).read_to_end(&mut plain)?;
    let is_whole = plain.len() <= limit;
    plain.truncate(limit);
    Ok((plain, is_whole))
}

pub(super) fn decompress(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain)?;
    Ok(plain)
}
