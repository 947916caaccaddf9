//! Renders SVG to PNG with an embedded font, so that no fonts need to be installed.
//!
//! The font is Inter (SIL Open Font License), as a variable font that has every weight in one file. It covers Latin,
//! Greek and Cyrillic; other letters are omitted from the image.

use std::{
    io,
    sync::{Arc, LazyLock},
};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, Options, Tree, fontdb::Database},
};
use tokio::sync::Semaphore;

use crate::blocking::blocking;

/// Limits how many images are rendered at the same time, because each one occupies a CPU core.
static PERMITS: Semaphore = Semaphore::const_new(2);

/// The embedded font, parsed once.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(ttf_inter::REGULAR.to_vec());
    fonts.set_sans_serif_family(FAMILY);
    Arc::new(fonts)
});

/// The family name inside the font file.
const FAMILY: &str = "Inter V";

/// Why an image could not be rendered, usually because of a bug in its template.
#[derive(Debug, thiserror::Error)]
pub(super) enum PictureError {
    /// The SVG is invalid.
    #[error("could not parse the SVG: {0}")]
    Svg(#[from] usvg::Error),
    /// The SVG is empty or too large.
    #[error("the SVG has an invalid size")]
    Size,
    /// The PNG could not be encoded.
    #[error("could not encode the PNG: {0}")]
    Png(String),
    /// The rendering task panicked.
    #[error("the rendering task panicked")]
    Panicked,
}

/// Renders an SVG to PNG at `scale` times its size.
pub(super) async fn png(svg: String, scale: u8) -> Result<Vec<u8>, PictureError> {
    let _permit = PERMITS.acquire().await.map_err(|_| PictureError::Panicked)?;
    blocking(move || io::Result::Ok(render(&svg, scale))).await.map_err(|_| PictureError::Panicked)?
}

fn render(svg: &str, scale: u8) -> Result<Vec<u8>, PictureError> {
    let options = Options { fontdb: Arc::clone(&FONTS), font_family: FAMILY.to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options)?;
    let scale = f32::from(scale);
    let size = tree.size().to_int_size().scale_by(scale).ok_or(PictureError::Size)?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or(PictureError::Size)?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| PictureError::Png(error.to_string()))
}
