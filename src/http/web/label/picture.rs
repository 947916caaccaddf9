//! Pictures out of SVG, with a typeface that is part of the program: nothing has to be installed.
//!
//! The typeface is Inter (SIL Open Font License), as a variable font: one file has every weight. It has Latin, Greek and
//! Cyrillic letters; others are left out of a picture, and stand on the page.

use std::sync::{Arc, LazyLock};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, Options, Tree, fontdb::Database},
};
use tokio::sync::Semaphore;

/// Pictures that are drawn at the same time: each takes a processor for a moment.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The typeface, read once.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(ttf_inter::REGULAR.to_vec());
    fonts.set_sans_serif_family(FAMILY);
    Arc::new(fonts)
});

/// The name of the typeface within its file.
const FAMILY: &str = "Inter V";

/// A picture could not be drawn: a bug in its template.
#[derive(Debug, thiserror::Error)]
pub(super) enum PictureError {
    /// The SVG is none.
    #[error("the SVG cannot be read: {0}")]
    Svg(#[from] usvg::Error),
    /// It has no size, or an immense one.
    #[error("the SVG has no size that a picture can have")]
    Size,
    /// The PNG could not be written.
    #[error("the PNG could not be written: {0}")]
    Png(String),
    /// The drawing broke down.
    #[error("the drawing broke down")]
    Broken,
}

/// Draws an SVG as a PNG, so many times as large.
pub(super) async fn png(svg: String, scale: u8) -> Result<Vec<u8>, PictureError> {
    let _permit = AT_ONCE.acquire().await.map_err(|_| PictureError::Broken)?;
    tokio::task::spawn_blocking(move || draw(&svg, scale)).await.map_err(|_| PictureError::Broken)?
}

fn draw(svg: &str, scale: u8) -> Result<Vec<u8>, PictureError> {
    let options = Options { fontdb: Arc::clone(&FONTS), font_family: FAMILY.to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options)?;
    let scale = f32::from(scale);
    let size = tree.size().to_int_size().scale_by(scale).ok_or(PictureError::Size)?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or(PictureError::Size)?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| PictureError::Png(error.to_string()))
}
