//! Prints the Bible references in a text or caption file.

use std::{env, error::Error, fs};

use scripture_detector::{analyze, transcript};

#[expect(clippy::print_stdout, reason = "the output of the example")]
fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: find_references FILE")?;
    let transcript = transcript::read(&fs::read(path)?)?;
    for reference in analyze(&transcript)?.references {
        println!("{}: {}", reference.osis, reference.context);
    }
    Ok(())
}
